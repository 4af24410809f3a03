package dev.glance.api.metadef;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.RequestBody;
import dev.glance.api.policy.Rule;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.ResourceTypeAssociation;
import dev.glance.model.registry.MetadefsApi;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;

/** {@code …/{namespace}/resource_types}: what a namespace is meant for. */
@Path("/v2/metadefs/namespaces/{namespace}/resource_types")
@RunOnVirtualThread
public final class AssociationResource {
  private final MetadefsApi registry;
  private final NamespaceAccess access;
  private final MetadefBody bodies;

  AssociationResource(MetadefsApi registry, NamespaceAccess access, MetadefBody bodies) {
    this.registry = registry;
    this.access = access;
    this.bodies = bodies;
  }

  /** Lists the associations of a namespace. */
  @GET
  public Response list(RoutingContext request, @PathParam("namespace") String namespace) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    NamespaceContent content = access.open(caller, namespace, Rule.LIST_METADEF_RESOURCE_TYPES);
    List<Dated<ResourceTypeAssociation>> shown =
        access.allows(caller, Rule.GET_METADEF_RESOURCE_TYPE, content.namespace().value())
            ? content.resourceTypes()
            : List.of();
    return JsonAnswer.ok(
        MetadefDocument.list("resource_type_associations", shown, MetadefDocument::association));
  }

  /** Associates a namespace with a resource type, which is made if there is none of the name. */
  @POST
  public Response create(
      RoutingContext request, @PathParam("namespace") String namespace, InputStream stream) {
    ResourceTypeAssociation association = bodies.association(stream);
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.ADD_METADEF_RESOURCE_TYPE_ASSOCIATION);
    return JsonAnswer.created(
        MetadefDocument.association(registry.associate(caller.scope(), namespace, association)));
  }

  /** Takes an association back; the resource type stays. */
  @DELETE
  @Path("/{resourceType}")
  public void delete(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("resourceType") String name) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.REMOVE_METADEF_RESOURCE_TYPE_ASSOCIATION);
    registry.dissociate(caller.scope(), namespace, name);
  }
}
