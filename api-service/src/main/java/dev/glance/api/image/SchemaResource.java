package dev.glance.api.image;

import dev.glance.api.http.RequestBody;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

/**
 * {@code /v2/schemas/image} and {@code /images} (API reference section 2.19). Clients ask for the
 * first before almost every image call, so it is ready bytes on the event loop.
 */
@Path("/v2/schemas")
@NonBlocking
public final class SchemaResource {
  private final ImageSchema schema;

  SchemaResource(ImageSchema schema) {
    this.schema = schema;
  }

  /** The schema of an image document. */
  @GET
  @Path("/image")
  public Response image(RoutingContext request) {
    RequestBody.expectNone(request.request());
    return ok(schema.image());
  }

  /** The schema of a list page. */
  @GET
  @Path("/images")
  public Response images(RoutingContext request) {
    RequestBody.expectNone(request.request());
    return ok(schema.images());
  }

  /** JSON whatever the client accepts, as upstream answers. */
  private static Response ok(byte[] document) {
    return Response.ok(document).header(HttpHeaders.CONTENT_TYPE, "application/json").build();
  }
}
