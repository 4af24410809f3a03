package dev.glance.api.metadef;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.QueryString;
import dev.glance.api.http.RequestBody;
import dev.glance.api.policy.Rule;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.PropertyDefinition;
import dev.glance.model.registry.MetadefsApi;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;

/** {@code …/{namespace}/properties}: properties that belong to no object. */
@Path("/v2/metadefs/namespaces/{namespace}/properties")
@RunOnVirtualThread
public final class PropertyResource {
  private final MetadefsApi registry;
  private final NamespaceAccess access;
  private final MetadefBody bodies;

  PropertyResource(MetadefsApi registry, NamespaceAccess access, MetadefBody bodies) {
    this.registry = registry;
    this.access = access;
    this.bodies = bodies;
  }

  /** Shows the properties of a namespace by their names. */
  @GET
  public Response list(RoutingContext request, @PathParam("namespace") String namespace) {
    RequestBody.expectNone(request.request());
    NamespaceContent content =
        access.open(Caller.of(request), namespace, Rule.GET_METADEF_PROPERTIES);
    return JsonAnswer.ok(MetadefDocument.propertyList(content.properties()));
  }

  /** Adds a property. */
  @POST
  public Response create(
      RoutingContext request, @PathParam("namespace") String namespace, InputStream stream) {
    PropertyDefinition property = bodies.property(stream);
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.ADD_METADEF_PROPERTY);
    return JsonAnswer.created(
        PropertyDocument.alone(registry.addProperty(caller.scope(), namespace, property).value()));
  }

  /**
   * Shows a property; with {@code ?resource_type=} under the name that it has on resources of that
   * type.
   */
  @GET
  @Path("/{property}")
  public Response show(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("property") String name) {
    String resourceType = QueryString.of(request.request().query()).get("resource_type", "");
    Caller caller = Caller.of(request);
    NamespaceContent content = access.open(caller, namespace, Rule.GET_METADEF_PROPERTY);
    String bareName = name;
    if (!resourceType.isEmpty()) {
      access.require(caller, Rule.GET_METADEF_RESOURCE_TYPE, content);
      bareName = Prefix.remove(content, resourceType, name);
    }
    String wanted = bareName;
    return JsonAnswer.ok(
        content.properties().stream()
            .map(Dated::value)
            .filter(property -> property.name().equals(wanted))
            .findFirst()
            .map(PropertyDocument::alone)
            .orElseThrow(() -> NamespaceAccess.notThere("property", name)));
  }

  /** Replaces a property, its name included. */
  @PUT
  @Path("/{property}")
  public Response update(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("property") String name,
      InputStream stream) {
    PropertyDefinition property = bodies.property(stream);
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.MODIFY_METADEF_PROPERTY);
    return JsonAnswer.ok(
        PropertyDocument.alone(
            registry.replaceProperty(caller.scope(), namespace, name, property).value()));
  }

  /** Deletes a property. */
  @DELETE
  @Path("/{property}")
  public void delete(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("property") String name) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.REMOVE_METADEF_PROPERTY);
    registry.deleteProperty(caller.scope(), namespace, name);
  }

  /** Deletes all properties of a namespace; those of its objects stay. */
  @DELETE
  public void deleteAll(RoutingContext request, @PathParam("namespace") String namespace) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.DELETE_METADEF_NAMESPACE);
    registry.deleteProperties(caller.scope(), namespace);
  }
}
