package dev.glance.api.image;

import dev.glance.api.http.RequestBody;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/**
 * {@code /v2/schemas/image} and {@code /images} (API reference section 2.19). Clients ask for the
 * first before almost every image call, so it is ready bytes on the event loop.
 */
@Path("/v2/schemas")
@NonBlocking
@Produces(MediaType.APPLICATION_JSON)
public final class SchemaResource {
  private final ImageSchema schema;

  SchemaResource(ImageSchema schema) {
    this.schema = schema;
  }

  /** The schema of an image document. */
  @GET
  @Path("/image")
  public byte[] image(RoutingContext request) {
    RequestBody.expectNone(request.request());
    return schema.image();
  }

  /** The schema of a list page. */
  @GET
  @Path("/images")
  public byte[] images(RoutingContext request) {
    RequestBody.expectNone(request.request());
    return schema.images();
  }
}
