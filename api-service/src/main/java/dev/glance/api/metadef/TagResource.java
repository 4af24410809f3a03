package dev.glance.api.metadef;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.QueryString;
import dev.glance.api.http.RequestBody;
import dev.glance.api.policy.Rule;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.registry.MetadefsApi;
import dev.glance.model.registry.MetadefsApi.NewTags;
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
import java.util.Locale;
import java.util.Set;

/** {@code …/{namespace}/tags}: labels to choose from. */
@Path("/v2/metadefs/namespaces/{namespace}/tags")
@RunOnVirtualThread
public final class TagResource {
  /** Says that the tags of a body come in addition to those that are there. */
  private static final String APPEND_HEADER = "X-Openstack-Append";

  /** What counts as yes in it. */
  private static final Set<String> YES = Set.of("1", "t", "true", "on", "y", "yes");

  private final MetadefsApi registry;
  private final NamespaceAccess access;
  private final MetadefBody bodies;

  TagResource(MetadefsApi registry, NamespaceAccess access, MetadefBody bodies) {
    this.registry = registry;
    this.access = access;
    this.bodies = bodies;
  }

  /** Lists the names of a namespace's tags. */
  @GET
  public Response list(RoutingContext request, @PathParam("namespace") String namespace) {
    QueryString parameters = QueryString.of(request.request().query());
    ListParameters.check(parameters, 0);
    NamespaceContent content = access.open(Caller.of(request), namespace, Rule.GET_METADEF_TAGS);
    return JsonAnswer.ok(
        MetadefDocument.list(
            "tags",
            ListParameters.tags(parameters, content.tags()),
            tag -> MetadefDocument.tagName(tag.value())));
  }

  /** Adds tags in the place of those that are there, or to them. */
  @POST
  public Response createAll(
      RoutingContext request, @PathParam("namespace") String namespace, InputStream stream) {
    List<String> names = bodies.tags(stream);
    String append = request.request().getHeader(APPEND_HEADER);
    boolean isAppending = append != null && YES.contains(append.strip().toLowerCase(Locale.ROOT));
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.ADD_METADEF_TAGS);
    registry.addTags(caller.scope(), namespace, new NewTags(names, !isAppending));
    return JsonAnswer.created(MetadefDocument.list("tags", names, MetadefDocument::tagName));
  }

  /** Adds one tag. */
  @POST
  @Path("/{tag}")
  public Response create(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("tag") String name) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    NamespaceContent content = access.open(caller, namespace);
    MetadefBody.checkedName(name);
    access.require(caller, Rule.ADD_METADEF_TAG, content);
    return JsonAnswer.created(
        MetadefDocument.named(
            registry
                .addTags(caller.scope(), namespace, new NewTags(List.of(name), false))
                .getFirst()));
  }

  /** Shows a tag. */
  @GET
  @Path("/{tag}")
  public Response show(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("tag") String name) {
    RequestBody.expectNone(request.request());
    return JsonAnswer.ok(
        access.open(Caller.of(request), namespace, Rule.GET_METADEF_TAG).tags().stream()
            .filter(tag -> tag.value().equals(name))
            .findFirst()
            .map(MetadefDocument::named)
            .orElseThrow(() -> NamespaceAccess.notThere("tag", name)));
  }

  /** Gives a tag another name. */
  @PUT
  @Path("/{tag}")
  public Response update(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("tag") String name,
      InputStream stream) {
    String newName = bodies.tag(stream);
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.MODIFY_METADEF_TAG);
    return JsonAnswer.ok(
        MetadefDocument.named(registry.renameTag(caller.scope(), namespace, name, newName)));
  }

  /** Deletes a tag. */
  @DELETE
  @Path("/{tag}")
  public void delete(
      RoutingContext request,
      @PathParam("namespace") String namespace,
      @PathParam("tag") String name) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.DELETE_METADEF_TAG);
    registry.deleteTag(caller.scope(), namespace, name);
  }

  /** Deletes all tags of a namespace. */
  @DELETE
  public void deleteAll(RoutingContext request, @PathParam("namespace") String namespace) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.open(caller, namespace, Rule.DELETE_METADEF_NAMESPACE, Rule.DELETE_METADEF_TAGS);
    registry.deleteTags(caller.scope(), namespace);
  }
}
