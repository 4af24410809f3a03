package dev.glance.api.metadef;

import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.RequestBody;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

/** {@code /v2/schemas/metadefs/…} (API reference section 2.19). */
@Path("/v2/schemas/metadefs")
@NonBlocking
public final class MetadefSchemaResource {
  private final MetadefSchema schema;

  MetadefSchemaResource(MetadefSchema schema) {
    this.schema = schema;
  }

  /** One schema. */
  @GET
  @Path("/{name}")
  public Response show(RoutingContext request, @PathParam("name") String name) {
    RequestBody.expectNone(request.request());
    return JsonAnswer.ok(
        schema.document(name).orElseThrow(() -> NamespaceAccess.notThere("schema", name)));
  }
}
