package dev.glance.api.image;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.UserToken;
import dev.glance.api.http.EntityTag;
import dev.glance.api.http.PatchMedia;
import dev.glance.api.http.RequestBody;
import dev.glance.api.http.Versions;
import dev.glance.api.image.ImageService.Page;
import dev.glance.api.store.StoresConfig;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.TreeSet;
import java.util.function.Predicate;

/** {@code /v2/images}: image metadata (API reference sections 2.1 to 2.5). */
@Path("/v2/images")
@RunOnVirtualThread
public final class ImageResource {
  private static final String JSON = "application/json";

  private final ImageService service;
  private final ImageDocument document;
  private final ImageSchema schema;
  private final ImageConfig config;
  private final Versions versions;

  /** The configured stores, comma-separated; empty in single-store mode. */
  private final String storeIds;

  ImageResource(
      ImageService service,
      ImageDocument document,
      ImageSchema schema,
      ImageConfig config,
      Versions versions,
      StoresConfig stores) {
    this.service = service;
    this.document = document;
    this.schema = schema;
    this.config = config;
    this.versions = versions;
    this.storeIds = String.join(",", new TreeSet<>(stores.stores().keySet()));
  }

  /** Registers an image. */
  @POST
  public Response create(RoutingContext request, InputStream body) {
    Caller caller = Caller.of(request);
    Image image = service.create(caller, RequestBody.json(body));
    Response.ResponseBuilder response =
        Response.status(Response.Status.CREATED)
            .header(
                HttpHeaders.LOCATION, versions.base(request.request()) + "/v2/images/" + image.id())
            .header(HttpHeaders.CONTENT_TYPE, JSON)
            .entity(document.image(caller, image));
    if (!storeIds.isEmpty()) {
      response.header("OpenStack-image-store-ids", storeIds);
    }
    return response.build();
  }

  /** Lists a page of images. Upstream does not look for a body here, so one is no mistake. */
  @GET
  public Response list(RoutingContext request) {
    Caller caller = Caller.of(request);
    ImageList list = ImageList.of(request.request().query(), config);
    Page page = service.list(caller, list);
    return ok(request, document.page(caller, page.images(), list.first(), page.next()));
  }

  /** Shows one image. */
  @GET
  @Path("/{id}")
  public Response show(RoutingContext request, @PathParam("id") String id) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    return ok(request, document.image(caller, service.show(caller, known(id))));
  }

  /** Changes an image. */
  @PATCH
  @Path("/{id}")
  public Response update(RoutingContext request, @PathParam("id") String id, InputStream body) {
    Caller caller = Caller.of(request);
    PatchMedia form = PatchMedia.of(request.request().getHeader(HttpHeaders.CONTENT_TYPE));
    ImagePatch patch = ImagePatch.of(RequestBody.json(body), form, schema);
    Image image = service.update(caller, known(id), patch, expected(request, caller));
    byte[] json = document.image(caller, image);
    return Response.ok(json)
        .header(HttpHeaders.CONTENT_TYPE, JSON)
        .header(HttpHeaders.ETAG, EntityTag.of(json))
        .build();
  }

  /** Deletes an image. */
  @DELETE
  @Path("/{id}")
  public void delete(RoutingContext request, @PathParam("id") String id) {
    RequestBody.expectNone(request.request());
    Caller caller = Caller.of(request);
    UserToken token = UserToken.find(request).orElse(null);
    service.delete(caller, token, known(id), expected(request, caller));
  }

  /** Labels an image. */
  @PUT
  @Path("/{id}/tags/{tag}")
  public void addTag(
      RoutingContext request, @PathParam("id") String id, @PathParam("tag") String tag) {
    RequestBody.expectNone(request.request());
    service.addTag(Caller.of(request), known(id), tag);
  }

  /** Takes a label off an image. */
  @DELETE
  @Path("/{id}/tags/{tag}")
  public void removeTag(
      RoutingContext request, @PathParam("id") String id, @PathParam("tag") String tag) {
    RequestBody.expectNone(request.request());
    service.removeTag(Caller.of(request), known(id), tag);
  }

  /** Whether an image is the one that the client means by {@code If-Match}. */
  private Predicate<Image> expected(RoutingContext request, Caller caller) {
    String header = request.request().getHeader(HttpHeaders.IF_MATCH);
    return header == null
        ? _ -> true
        : image -> EntityTag.isMatched(header, EntityTag.of(document.image(caller, image)));
  }

  /** What is no id names no image; the registry need not be asked. */
  private static String known(String id) {
    if (ImageId.parse(id).isEmpty()) {
      throw GlanceException.imageNotFound(id);
    }
    return id;
  }

  /** 304 when the client has the document already. */
  private static Response ok(RoutingContext request, byte[] json) {
    String tag = EntityTag.of(json);
    if (EntityTag.isKnown(request.request().getHeader(HttpHeaders.IF_NONE_MATCH), tag)) {
      return Response.notModified().header(HttpHeaders.ETAG, tag).build();
    }
    return Response.ok(json)
        .header(HttpHeaders.CONTENT_TYPE, JSON)
        .header(HttpHeaders.ETAG, tag)
        .build();
  }
}
