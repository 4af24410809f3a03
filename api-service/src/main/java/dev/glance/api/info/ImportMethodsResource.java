package dev.glance.api.info;

import dev.glance.api.http.RequestBody;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

/**
 * {@code /v2/info/import} (API reference section 2.16): the ways to import an image, of which there
 * are none yet.
 */
@Path("/v2/info/import")
@NonBlocking
public final class ImportMethodsResource {
  private static final byte[] DOCUMENT =
      new JsonObject()
          .put(
              "import-methods",
              new JsonObject()
                  .put("description", "Import methods available.")
                  .put("type", "array")
                  .put("value", new JsonArray()))
          .toBuffer()
          .getBytes();

  ImportMethodsResource() {}

  /** Lists the import methods. */
  @GET
  public Response list(RoutingContext request) {
    RequestBody.expectNone(request.request());
    return Response.ok(DOCUMENT).header(HttpHeaders.CONTENT_TYPE, "application/json").build();
  }
}
