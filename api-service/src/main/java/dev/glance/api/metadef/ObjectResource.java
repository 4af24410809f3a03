package dev.glance.api.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.QueryString;
import dev.glance.api.http.RequestBody;
import dev.glance.api.policy.Rule;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.ObjectDefinition;
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
import java.util.List;

/** {@code …/{namespace}/objects}: groups of properties. */
@Path("/v2/metadefs/namespaces/{namespace}/objects")
@RunOnVirtualThread
public final class ObjectResource {
  private final MetadefsApi registry;
  private final NamespaceAccess access;
  private final MetadefBody bodies;

  ObjectResource(MetadefsApi registry, NamespaceAccess access, MetadefBody bodies) {
    this.registry = registry;
    this.access = access;
    this.bodies = bodies;
  }

  /** Lists the objects of a namespace. */
  @GET
  public Response list(RoutingContext request, @PathParam("namespace") String namespace) {
    QueryString parameters = QueryString.of(request.request().query());
    ListParameters.check(parameters, 1);
    Caller caller = Caller.of(request);
    NamespaceContent content = access.open(caller, namespace, Rule.GET_METADEF_OBJECTS);
    List<Dated<ObjectDefinition>> page =
        access.allows(caller, Rule.GET_METADEF_OBJECT, content.namespace().value())
            ? ListParameters.objects(parameters, content.objects())
            : List.of();
    return JsonAnswer.ok(
        MetadefDocument.list("objects", page, object -> MetadefDocument.object(namespace, object))
            // Without a slash in front, as clients know it.
            .put("schema", "v2/schemas/metadefs/objects"));
  }

  /** Adds an object. */
  @POST
  public Response create(
      RoutingContext request, @PathParam("namespace") String namespace, InputStream stream) {
    JsonNode body = bodies.object(stream);
    ObjectDefinition object = bodies.object(body);
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.ADD_METADEF_OBJECT);
    Dated<ObjectDefinition> added = registry.addObject(caller.scope(), namespace, object);
    return JsonAnswer.created(
        MetadefDocument.asSent(MetadefDocument.object(namespace, added), body));
  }

  /** Shows an object. */
  @GET
  @Path("/{object}")
  public Response show(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("object") String name) {
    RequestBody.expectNone(request.request());
    return JsonAnswer.ok(
        access.open(Caller.of(request), namespace, Rule.GET_METADEF_OBJECT).objects().stream()
            .filter(object -> object.value().name().equals(name))
            .findFirst()
            .map(object -> MetadefDocument.object(namespace, object))
            .orElseThrow(() -> NamespaceAccess.notThere("object", name)));
  }

  /** Replaces an object, its name included. */
  @PUT
  @Path("/{object}")
  public Response update(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("object") String name,
      InputStream stream) {
    JsonNode body = bodies.object(stream);
    ObjectDefinition object = bodies.object(body);
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.MODIFY_METADEF_OBJECT);
    Dated<ObjectDefinition> replaced =
        registry.replaceObject(caller.scope(), namespace, name, object);
    return JsonAnswer.ok(MetadefDocument.asSent(MetadefDocument.object(namespace, replaced), body));
  }

  /** Deletes an object. */
  @DELETE
  @Path("/{object}")
  public void delete(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("object") String name) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.DELETE_METADEF_OBJECT);
    registry.deleteObject(caller.scope(), namespace, name);
  }

  /** Deletes all objects of a namespace. */
  @DELETE
  public void deleteAll(RoutingContext request, @PathParam("namespace") String namespace) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.DELETE_METADEF_NAMESPACE);
    registry.deleteObjects(caller.scope(), namespace);
  }
}
