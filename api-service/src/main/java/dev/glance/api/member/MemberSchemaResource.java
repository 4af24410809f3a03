package dev.glance.api.member;

import dev.glance.api.http.RequestBody;
import dev.glance.model.image.MemberStatus;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Arrays;

/** {@code /v2/schemas/member} and {@code /members}, in the short form (API reference 2.19). */
@Path("/v2/schemas/{name:members?}")
@NonBlocking
public final class MemberSchemaResource {
  private final byte[] member;
  private final byte[] members;

  MemberSchemaResource() {
    JsonObject item = item();
    this.member = item.toBuffer().getBytes();
    this.members = collection(item).toBuffer().getBytes();
  }

  /** The schema of a member document, or of a list of them. */
  @GET
  public Response schema(RoutingContext request, @PathParam("name") String name) {
    RequestBody.expectNone(request.request());
    return Response.ok(name.equals("member") ? member : members)
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .build();
  }

  private static JsonObject item() {
    JsonArray statuses = new JsonArray();
    Arrays.stream(MemberStatus.values()).map(MemberStatus::wireName).forEach(statuses::add);
    return new JsonObject()
        .put("name", "member")
        .put(
            "properties",
            new JsonObject()
                .put("member_id", text("The project that the image is shared with"))
                .put(
                    "image_id",
                    text("The identifier of the image")
                        .put(
                            "pattern",
                            "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}"
                                + "-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"))
                .put("created_at", text("When the image was shared"))
                .put("updated_at", text("When the status was last changed"))
                .put("status", text("What the project says of the image").put("enum", statuses))
                .put("schema", new JsonObject().put("readOnly", true).put("type", "string")));
  }

  private static JsonObject collection(JsonObject item) {
    return new JsonObject()
        .put("name", "members")
        .put(
            "properties",
            new JsonObject()
                .put("members", new JsonObject().put("type", "array").put("items", item))
                .put("schema", new JsonObject().put("type", "string")))
        .put(
            "links",
            new JsonArray()
                .add(new JsonObject().put("rel", "describedby").put("href", "{schema}")));
  }

  private static JsonObject text(String description) {
    return new JsonObject().put("type", "string").put("description", description);
  }
}
