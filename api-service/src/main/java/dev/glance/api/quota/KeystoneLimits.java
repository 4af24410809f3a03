package dev.glance.api.quota;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.glance.api.auth.keystone.KeystoneClient;
import dev.glance.api.auth.keystone.KeystoneConfig;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The unified limits that Keystone keeps, as oslo.limit reads them: a project's own limit counts
 * before the registered default, in this service's region only. What was read is believed for a
 * while, and for a longer while when Keystone is away. Blocks; threads that ask for the same
 * project wait for one answer.
 */
@Singleton
@Typed(KeystoneLimits.class)
public class KeystoneLimits {
  private static final Logger LOG = Logger.getLogger(KeystoneLimits.class);

  /** After a failure Keystone is left alone for so long. */
  private static final Duration PAUSE = Duration.ofSeconds(5);

  /**
   * Apart from the request's own context: there, a client's connection was seen to close without an
   * answer while Keystone was away. Why is not known.
   */
  private static final Executor OWN_THREAD = task -> Thread.ofVirtual().start(task);

  private static final int PROJECTS = 10_000;

  private final Function<String, Future<JsonObject>> keystone;
  private final QuotaConfig.OsloLimit config;
  private final @Nullable String configuredRegion;
  private final LongSupplier clock;
  private final Cache<String, Known> known = Caffeine.newBuilder().maximumSize(PROJECTS).build();
  private volatile @Nullable Endpoint endpoint;

  /** Which limits are this service's. */
  private record Endpoint(String service, @Nullable String region) {}

  /**
   * What is known of a project.
   *
   * @param limits null when they could never be read
   * @param readAt when they were read
   * @param askAt not before
   * @param failure why they could not be read the last time, or null
   */
  private record Known(
      @Nullable ProjectLimits limits, long readAt, long askAt, @Nullable GlanceException failure) {}

  @Inject
  KeystoneLimits(QuotaConfig config, KeystoneConfig keystoneConfig, KeystoneClient keystone) {
    this(
        keystone::get,
        config.osloLimit(),
        keystoneConfig.regionName().orElse(null),
        System::nanoTime);
  }

  /**
   * For tests.
   *
   * @param keystone answers a GET below {@code /v3}
   * @param clock in nanoseconds
   */
  KeystoneLimits(
      Function<String, Future<JsonObject>> keystone,
      QuotaConfig.OsloLimit config,
      @Nullable String region,
      LongSupplier clock) {
    this.keystone = keystone;
    this.config = config;
    this.configuredRegion = region;
    this.clock = clock;
  }

  /**
   * What a project may have.
   *
   * @throws GlanceException {@code IDENTITY_UNAVAILABLE} when Keystone cannot be asked and nothing
   *     recent enough is known
   */
  ProjectLimits of(String project) {
    Known now =
        Objects.requireNonNull(
            known.asMap().compute(project, (_, before) -> refreshed(project, before)));
    if (now.limits != null
        && (now.failure == null || age(now.readAt) < config.staleTime().toNanos())) {
      return now.limits;
    }
    throw Objects.requireNonNull(now.failure);
  }

  private Known refreshed(String project, @Nullable Known before) {
    long start = clock.getAsLong();
    if (before != null && start - before.askAt < 0) {
      return before;
    }
    try {
      return new Known(read(project), start, start + config.cacheTime().toNanos(), null);
    } catch (RuntimeException e) {
      GlanceException failure = unavailable(e);
      LOG.warnf("The limits of project %s cannot be read: %s", project, causes(failure));
      ProjectLimits limits = before == null ? null : before.limits;
      long readAt = before == null ? start : before.readAt;
      return new Known(limits, readAt, clock.getAsLong() + PAUSE.toNanos(), failure);
    }
  }

  private long age(long readAt) {
    return clock.getAsLong() - readAt;
  }

  private ProjectLimits read(String project) {
    Endpoint at = endpoint;
    if (at == null) {
      requireFlatModel();
      at = find();
      endpoint = at;
    }
    Map<String, Long> limits = new HashMap<>();
    String query = "?service_id=" + encode(at.service);
    collect("/registered_limits" + query, "registered_limits", "default_limit", at, limits);
    collect(
        "/limits" + query + "&project_id=" + encode(project),
        "limits",
        "resource_limit",
        at,
        limits);
    return new ProjectLimits(limits);
  }

  private void collect(
      String path, String list, String value, Endpoint at, Map<String, Long> limits) {
    objects(get(path).getJsonArray(list))
        .filter(limit -> Objects.equals(at.region, limit.getString("region_id")))
        .forEach(limit -> limits.put(limit.getString("resource_name"), limit.getLong(value)));
  }

  private void requireFlatModel() {
    String model = get("/limits/model").getJsonObject("model").getString("name");
    if (!"flat".equals(model)) {
      LOG.errorf(
          "Keystone enforces unified limits by the model %s; glance.api.use-keystone-limits"
              + " supports flat only, as oslo.limit does",
          model);
      throw new IllegalStateException("unsupported enforcement model " + model);
    }
  }

  private Endpoint find() {
    Optional<String> id = config.endpointId();
    if (id.isPresent()) {
      JsonObject found = get("/endpoints/" + encode(id.get())).getJsonObject("endpoint");
      return new Endpoint(found.getString("service_id"), found.getString("region_id"));
    }
    String service =
        objects(get("/services?type=image").getJsonArray("services"))
            .map(found -> found.getString("id"))
            .findFirst()
            .orElseThrow(
                () -> new IllegalStateException("Keystone knows no service of type image"));
    return new Endpoint(service, configuredRegion);
  }

  private JsonObject get(String path) {
    try {
      return CompletableFuture.supplyAsync(() -> keystone.apply(path), OWN_THREAD)
          .thenCompose(Future::toCompletionStage)
          .join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof GlanceException refusal ? refusal : e;
    }
  }

  private static GlanceException unavailable(RuntimeException failure) {
    return failure instanceof GlanceException refusal
        ? refusal
        : new GlanceException(
            ErrorCode.IDENTITY_UNAVAILABLE,
            "The limits of the project cannot be read. Try again.",
            failure);
  }

  private static String causes(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null ? failure.toString() : failure + " <- " + causes(cause);
  }

  private static Stream<JsonObject> objects(JsonArray array) {
    return IntStream.range(0, array.size()).mapToObj(array::getJsonObject);
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
