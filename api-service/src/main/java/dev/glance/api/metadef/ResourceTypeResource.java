package dev.glance.api.metadef;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.RequestBody;
import dev.glance.api.policy.Rule;
import dev.glance.model.registry.MetadefsApi;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/** {@code /v2/metadefs/resource_types}: all that namespaces were ever associated with. */
@Path("/v2/metadefs/resource_types")
@RunOnVirtualThread
public final class ResourceTypeResource {
  private final MetadefsApi registry;
  private final NamespaceAccess access;

  ResourceTypeResource(MetadefsApi registry, NamespaceAccess access) {
    this.registry = registry;
    this.access = access;
  }

  /** Lists the resource types. */
  @GET
  public Response list(RoutingContext request) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.require(caller, Rule.LIST_METADEF_RESOURCE_TYPES);
    return JsonAnswer.ok(
        MetadefDocument.list(
            "resource_types", registry.resourceTypes(caller.scope()), MetadefDocument::named));
  }
}
