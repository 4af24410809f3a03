package dev.glance.api.member;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.api.auth.Caller;
import dev.glance.api.http.RequestBody;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Member;
import dev.glance.model.image.MemberStatus;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
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
import java.time.temporal.ChronoUnit;

/** {@code /v2/images/{id}/members} (API reference section 2.12). */
@Path("/v2/images/{id}/members")
@RunOnVirtualThread
public final class MemberResource {
  private final MemberService service;

  MemberResource(MemberService service) {
    this.service = service;
  }

  /** Lists the members that the caller may see. */
  @GET
  public Response list(RoutingContext request, @PathParam("id") String id) {
    RequestBody.expectNone(request.request());
    JsonArray members = new JsonArray();
    for (Member member : service.list(Caller.of(request), id)) {
      members.add(document(member));
    }
    return ok(new JsonObject().put("members", members).put("schema", "/v2/schemas/members"));
  }

  /** Shares the image with a project. The answer is 200 and not 201, as upstream's. */
  @POST
  public Response add(RoutingContext request, @PathParam("id") String id, InputStream body) {
    String project = text(RequestBody.json(body), "member", "Member to be added not specified");
    if (project.isEmpty()) {
      throw GlanceException.invalid("Member can't be empty");
    }
    return ok(document(service.add(Caller.of(request), id, project)));
  }

  /** Shows one member. */
  @GET
  @Path("/{member}")
  public Response show(
      RoutingContext request, @PathParam("id") String id, @PathParam("member") String member) {
    RequestBody.expectNone(request.request());
    return ok(document(service.show(Caller.of(request), id, member)));
  }

  /** Says what the project thinks of the image. */
  @PUT
  @Path("/{member}")
  public Response update(
      RoutingContext request,
      @PathParam("id") String id,
      @PathParam("member") String member,
      InputStream body) {
    MemberStatus status = status(text(RequestBody.json(body), "status", "Status not specified"));
    return ok(document(service.update(Caller.of(request), id, member, status)));
  }

  /** Ends the sharing with one project. */
  @DELETE
  @Path("/{member}")
  public void remove(
      RoutingContext request, @PathParam("id") String id, @PathParam("member") String member) {
    RequestBody.expectNone(request.request());
    service.remove(Caller.of(request), id, member);
  }

  private static String text(JsonNode body, String name, String whenMissing) {
    if (!body.isObject()) {
      throw GlanceException.invalid("Expected a JSON object with the member \"" + name + "\".");
    }
    JsonNode value = body.path(name);
    if (value.isMissingNode()) {
      throw GlanceException.invalid(whenMissing);
    }
    if (!value.isTextual()) {
      throw GlanceException.invalid("\"" + name + "\" must be a string.");
    }
    return value.textValue();
  }

  private static MemberStatus status(String wireName) {
    try {
      return MemberStatus.of(wireName);
    } catch (IllegalArgumentException _) {
      throw GlanceException.invalid(
          "Incorrect request: status must be \"pending\", \"accepted\" or \"rejected\".");
    }
  }

  private static JsonObject document(Member member) {
    return new JsonObject()
        .put("member_id", member.project())
        .put("image_id", member.imageId())
        .put("status", member.status().wireName())
        .put("created_at", member.createdAt().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("updated_at", member.updatedAt().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("schema", "/v2/schemas/member");
  }

  private static Response ok(JsonObject document) {
    return Response.ok(document.toBuffer().getBytes())
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .build();
  }
}
