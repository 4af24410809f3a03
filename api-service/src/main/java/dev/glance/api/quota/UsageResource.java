package dev.glance.api.quota;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.RequestBody;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.QuotasApi;
import dev.glance.model.registry.QuotasApi.Usage;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * {@code /v2/info/usage}: what the caller's project has, and may have, of what the identity service
 * limits (API reference section 2.16).
 */
@Path("/v2/info/usage")
@RunOnVirtualThread
public final class UsageResource {
  private final Quotas quotas;
  private final QuotasApi registry;

  UsageResource(Quotas quotas, QuotasApi registry) {
    this.quotas = quotas;
    this.registry = registry;
  }

  /**
   * The document of a usage: sizes in MiB, rounded down.
   *
   * @param usage by the name of the limit; empty when the identity service keeps no limits
   */
  public record UsageDocument(Map<String, Entry> usage) {}

  /**
   * One limit.
   *
   * @param limit negative for none
   */
  public record Entry(long usage, long limit) {}

  /** Shows the usage. */
  @GET
  public UsageDocument show(RoutingContext request) {
    RequestBody.expectNone(request.request());
    // Without a project there are the registered limits, as upstream has it, and nothing in use.
    String project = Objects.requireNonNullElse(Caller.of(request).project(), "");
    return new UsageDocument(
        quotas.unified(project).map(limits -> entries(project, limits)).orElse(Map.of()));
  }

  private Map<String, Entry> entries(String project, ProjectLimits limits) {
    Usage usage = registry.usage(project);
    Map<String, Entry> entries = new TreeMap<>();
    put(entries, limits, Limits.IMAGES, usage.images());
    put(entries, limits, Limits.UPLOADING, usage.uploading());
    put(entries, limits, ProjectLimits.SIZE_TOTAL, usage.storedBytes() >> 20);
    put(entries, limits, ProjectLimits.STAGE_TOTAL, usage.stagedBytes() >> 20);
    return entries;
  }

  private static void put(
      Map<String, Entry> entries, ProjectLimits limits, String resource, long usage) {
    entries.put(resource, new Entry(usage, limits.of(resource)));
  }
}
