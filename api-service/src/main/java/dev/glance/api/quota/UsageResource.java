package dev.glance.api.quota;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.RequestBody;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.QuotasApi;
import dev.glance.model.registry.QuotasApi.Usage;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.Objects;

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

  /** Shows the usage: sizes in MiB, rounded down; a negative limit is none. */
  @GET
  public Response show(RoutingContext request) {
    RequestBody.expectNone(request.request());
    // Without a project there are the registered limits, as upstream has it, and nothing in use.
    String project = Objects.requireNonNullElse(Caller.of(request).project(), "");
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ObjectNode entries = document.putObject("usage");
    quotas.unified(project).ifPresent(limits -> put(entries, limits, registry.usage(project)));
    return JsonAnswer.ok(document);
  }

  private static void put(ObjectNode entries, ProjectLimits limits, Usage usage) {
    put(entries, limits, Limits.IMAGES, usage.images());
    put(entries, limits, ProjectLimits.SIZE_TOTAL, usage.storedBytes() >> 20);
    put(entries, limits, ProjectLimits.STAGE_TOTAL, usage.stagedBytes() >> 20);
    put(entries, limits, Limits.UPLOADING, usage.uploading());
  }

  private static void put(ObjectNode entries, ProjectLimits limits, String resource, long usage) {
    entries.putObject(resource).put("usage", usage).put("limit", limits.of(resource));
  }
}
