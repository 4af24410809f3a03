package dev.glance.api.health;

import dev.glance.api.http.HttpConfig;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.Stores;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Scope;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;

/**
 * Asks the registry and the stores in the background whether they are well, and answers readiness
 * from what it last heard, so that a probe never waits for a backend. A store that is away is named
 * in the answer, in the log, and in the metrics ({@code glance_store_up}, {@code
 * glance_registry_up}); the service is ready as long as one that takes uploads is there. Each store
 * is asked on a thread of its own, so that one that hangs is noticed and keeps nobody waiting.
 */
@Singleton
public class BackendHealth {
  private static final Logger LOG = Logger.getLogger(BackendHealth.class);

  private static final String NOT_ASKED = "not asked yet";

  /** No image has this id, so that asking for it reaches the database and finds nothing. */
  private static final String NO_IMAGE = "00000000-0000-0000-0000-000000000000";

  /** While something is away, its return is noticed this soon: a start waits for it. */
  private static final Duration WHILE_UNWELL = Duration.ofMillis(200);

  private final ImagesApi registry;
  private final Stores stores;
  private final Duration whileWell;

  /** A store that has not answered by then is away. */
  private final Duration patience;

  private final ExecutorService asking =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("health").factory());

  private final ExecutorService askingStores = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * The last question to each store, by its name; a store that still owes an answer gets no new
   * one.
   */
  private final Map<String, Future<?>> asked = new HashMap<>();

  /** Empty when well. */
  private volatile String registryFault = NOT_ASKED;

  private volatile Map<String, String> storeFaults;

  BackendHealth(ImagesApi registry, Stores stores, HttpConfig config) {
    this.registry = registry;
    this.stores = stores;
    this.whileWell = config.healthInterval();
    this.patience = whileWell.multipliedBy(2);
    this.storeFaults =
        stores.all().stream()
            .collect(Collectors.toMap(store -> store.info().name(), _ -> NOT_ASKED));
  }

  void start(@Observes StartupEvent event) {
    Gauge.builder("glance.registry.up", () -> registryFault.isEmpty() ? 1 : 0)
        .register(Metrics.globalRegistry);
    for (StoreInfo store : stores.all().stream().map(Store::info).toList()) {
      Gauge.builder("glance.store.up", () -> storeFaults.containsKey(store.name()) ? 0 : 1)
          .tags("store", store.name(), "type", store.type())
          .register(Metrics.globalRegistry);
    }
    asking.execute(this::keepAsking);
  }

  @PreDestroy
  void stop() {
    asking.shutdownNow();
    askingStores.shutdownNow();
  }

  private void keepAsking() {
    long storesAskedAt = System.nanoTime();
    storeFaults = askStores();
    try {
      while (!asking.isShutdown()) {
        registryFault = askRegistry();
        // Not as soon as the registry: a password that has become wrong must not lock the account.
        if (System.nanoTime() - storesAskedAt >= whileWell.toNanos()) {
          storesAskedAt = System.nanoTime();
          storeFaults = askStores();
        }
        Thread.sleep(registryFault.isEmpty() ? whileWell : WHILE_UNWELL);
      }
    } catch (InterruptedException _) {
      // The service is stopping.
      Thread.currentThread().interrupt();
    }
  }

  void ask() {
    registryFault = askRegistry();
    storeFaults = askStores();
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck registry() {
    return () -> {
      String fault = registryFault;
      return answer(
          "registry", fault.isEmpty(), fault.isEmpty() ? Map.of() : Map.of("fault", fault));
    };
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck stores() {
    return () -> {
      Map<String, String> away = storeFaults;
      Map<String, String> told = new TreeMap<>();
      for (Store store : stores.all()) {
        store.impairment().ifPresent(what -> told.put(store.info().name(), what));
      }
      told.putAll(away);
      return answer("stores", isServing(away), told);
    };
  }

  /** Stores that take no uploads count only where there are no others. */
  private boolean isServing(Map<String, String> faults) {
    List<String> all = stores.all().stream().map(store -> store.info().name()).toList();
    List<String> writable =
        stores.all().stream()
            .map(Store::info)
            .filter(info -> !info.isReadOnly())
            .map(StoreInfo::name)
            .toList();
    return !faults.keySet().containsAll(writable.isEmpty() ? all : writable);
  }

  private static HealthCheckResponse answer(
      String name, boolean isWell, Map<String, String> faults) {
    HealthCheckResponseBuilder response = HealthCheckResponse.named(name).status(isWell);
    faults.forEach(response::withData);
    return response.build();
  }

  private String askRegistry() {
    try {
      registry.show(Scope.service(), NO_IMAGE);
      return "";
    } catch (GlanceException e) {
      return e.code() == ErrorCode.IMAGE_NOT_FOUND ? "" : cause(e);
    } catch (RuntimeException e) {
      return cause(e);
    }
  }

  private synchronized Map<String, String> askStores() {
    long end = System.nanoTime() + patience.toNanos();
    for (Store store : stores.all()) {
      Future<?> last = asked.get(store.info().name());
      if (last == null || last.isDone()) {
        asked.put(store.info().name(), askingStores.submit(store::check));
      }
    }
    Map<String, String> faults = new TreeMap<>();
    asked.forEach(
        (name, answer) -> {
          String fault = fault(answer, end - System.nanoTime());
          if (!fault.isEmpty()) {
            faults.put(name, fault);
          }
        });
    if (!Thread.currentThread().isInterrupted()) {
      logChanges(storeFaults, faults);
    }
    return faults;
  }

  /** A line for each store that went or came back; at the start for each that is not there. */
  private static void logChanges(Map<String, String> before, Map<String, String> now) {
    now.forEach(
        (name, fault) -> {
          if (before.getOrDefault(name, NOT_ASKED).equals(NOT_ASKED)) {
            LOG.warnf("Store %s is away: %s", name, fault);
          }
        });
    before.forEach(
        (name, fault) -> {
          if (!fault.equals(NOT_ASKED) && !now.containsKey(name)) {
            LOG.infof("Store %s is back", name);
          }
        });
  }

  /** Empty when the store is well. */
  private String fault(Future<?> answer, long patienceNanos) {
    try {
      answer.get(patienceNanos, TimeUnit.NANOSECONDS);
      return "";
    } catch (ExecutionException e) {
      return cause(e);
    } catch (TimeoutException _) {
      return "no answer within " + patience.toMillis() + " ms";
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "not asked: the service is stopping";
    }
  }

  private static String cause(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String root = String.valueOf(cause.getMessage());
    if (!(error.getCause() instanceof StoreException fault)) {
      return root;
    }
    // A store says in a sentence what failed; the root may say it in its library's words only.
    String sentence = String.valueOf(fault.getMessage());
    return sentence.contains(root) ? sentence : sentence + ": " + root;
  }
}
