package dev.glance.api.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.QueryString;
import dev.glance.api.http.RequestBody;
import dev.glance.api.http.Versions;
import dev.glance.api.image.ImageConfig;
import dev.glance.api.policy.Rule;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.metadef.NamespaceEntry;
import dev.glance.model.metadef.NamespaceQuery;
import dev.glance.model.registry.MetadefsApi;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /v2/metadefs/namespaces}. */
@Path("/v2/metadefs/namespaces")
@RunOnVirtualThread
public final class NamespaceResource {
  private final MetadefsApi registry;
  private final NamespaceAccess access;
  private final MetadefBody bodies;
  private final ImageConfig config;
  private final Versions versions;

  NamespaceResource(
      MetadefsApi registry,
      NamespaceAccess access,
      MetadefBody bodies,
      ImageConfig config,
      Versions versions) {
    this.registry = registry;
    this.access = access;
    this.bodies = bodies;
    this.config = config;
    this.versions = versions;
  }

  /** Lists a page of namespaces. */
  @GET
  public Response list(RoutingContext request) {
    QueryString parameters = QueryString.of(request.request().query());
    NamespaceQuery query =
        ListParameters.namespaces(parameters, config.limitParamDefault(), config.apiLimitMax());
    Caller caller = Caller.of(request);
    access.require(caller, Rule.GET_METADEF_NAMESPACES);
    access.require(caller, Rule.LIST_METADEF_RESOURCE_TYPES);
    List<NamespaceEntry> page =
        registry.list(caller.scope(), query).stream()
            .filter(
                entry ->
                    access.allows(caller, Rule.GET_METADEF_NAMESPACE, entry.namespace().value()))
            .toList();
    boolean isFull = !page.isEmpty() && page.size() == query.limit();
    return JsonAnswer.ok(
        MetadefDocument.page(
            page,
            parameters.first(MetadefDocument.NAMESPACES),
            isFull
                ? parameters.next(
                    MetadefDocument.NAMESPACES, page.getLast().namespace().value().name())
                : null));
  }

  /** Creates a namespace with everything that the body nests in it, or nothing at all. */
  @POST
  public Response create(RoutingContext request, InputStream stream) {
    Caller caller = Caller.of(request);
    JsonNode body = bodies.namespace(stream);
    NamespaceDefinition definition = bodies.definition(body, caller.project());
    access.require(caller, Rule.ADD_METADEF_NAMESPACE);
    requireFor(caller, definition.resourceTypes(), Rule.ADD_METADEF_RESOURCE_TYPE_ASSOCIATION);
    requireFor(caller, definition.objects(), Rule.ADD_METADEF_OBJECT);
    requireFor(caller, definition.properties(), Rule.ADD_METADEF_PROPERTY);
    requireFor(caller, definition.tags(), Rule.ADD_METADEF_TAG);
    Dated<Namespace> created = registry.create(caller.scope(), definition);
    String location =
        versions.base(request.request())
            + MetadefDocument.NAMESPACES
            + "/"
            // Names hold colons, which may stand in a path as they are.
            + URLEncoder.encode(definition.namespace().name(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%3A", ":");
    Response answer = JsonAnswer.created(MetadefDocument.created(created, definition, body));
    return Response.fromResponse(answer).header(HttpHeaders.LOCATION, location).build();
  }

  private void requireFor(Caller caller, List<?> nested, Rule rule) {
    if (!nested.isEmpty()) {
      access.require(caller, rule);
    }
  }

  /** Shows a namespace with everything in it, property names as on one resource type if asked. */
  @GET
  @Path("/{namespace}")
  public Response show(RoutingContext request, @PathParam("namespace") String name) {
    RequestBody.expectNone(request.request());
    QueryString parameters = QueryString.of(request.request().query());
    ListParameters.check(parameters);
    NamespaceContent content =
        access.open(
            Caller.of(request),
            name,
            Rule.GET_METADEF_NAMESPACE,
            Rule.LIST_METADEF_RESOURCE_TYPES,
            Rule.GET_METADEF_OBJECTS,
            Rule.GET_METADEF_PROPERTIES,
            Rule.GET_METADEF_TAGS);
    @Nullable String resourceType = parameters.get("resource_type");
    return JsonAnswer.ok(
        MetadefDocument.content(
            resourceType == null ? content : Prefix.add(content, resourceType)));
  }

  /** Replaces the namespace itself; what is nested in the body is checked and not used. */
  @PUT
  @Path("/{namespace}")
  public Response update(
      RoutingContext request, @PathParam("namespace") String name, InputStream stream) {
    Caller caller = Caller.of(request);
    Namespace change = bodies.definition(bodies.namespace(stream), caller.project()).namespace();
    access.open(caller, name, Rule.MODIFY_METADEF_NAMESPACE);
    return JsonAnswer.ok(MetadefDocument.namespace(registry.update(caller.scope(), name, change)));
  }

  /** Deletes a namespace with everything in it. */
  @DELETE
  @Path("/{namespace}")
  public void delete(RoutingContext request, @PathParam("namespace") String name) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    access.open(caller, name, Rule.DELETE_METADEF_NAMESPACE);
    registry.delete(caller.scope(), name);
  }
}
