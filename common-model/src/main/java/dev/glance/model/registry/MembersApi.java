package dev.glance.model.registry;

import dev.glance.model.image.Member;
import dev.glance.model.image.MemberStatus;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom images are shared with. Only images of visibility {@code shared} have members: for others
 * every call is {@code FORBIDDEN}, while their rows wait for the image to be shared again. The
 * owner and admins see all members of an image, others only themselves.
 */
// Not images/{id}/members: a server picks the class by the longest path, and ImagesApi owns images.
@Path("/members/images/{id}")
public interface MembersApi {
  /** The members that the scope may see, oldest first. */
  @GET
  List<Member> list(@HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id);

  /**
   * Shares the image with a project, status {@code pending}.
   *
   * @throws dev.glance.model.error.GlanceException {@code CONFLICT} when it is a member already,
   *     {@code LIMIT_EXCEEDED} when there are as many as may be
   */
  @POST
  Member add(@HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id, NewMember member);

  /**
   * One member.
   *
   * @throws dev.glance.model.error.GlanceException {@code NOT_FOUND} when it is none, or not for
   *     this scope to see
   */
  @GET
  @Path("/{project}")
  Member show(
      @HeaderParam(Scope.HEADER) Scope scope,
      @PathParam("id") String id,
      @PathParam("project") String project);

  /** Says what the project thinks of the image. */
  @PUT
  @Path("/{project}")
  Member update(
      @HeaderParam(Scope.HEADER) Scope scope,
      @PathParam("id") String id,
      @PathParam("project") String project,
      MemberChange change);

  /** Shares the image with the project no longer. */
  @DELETE
  @Path("/{project}")
  void remove(
      @HeaderParam(Scope.HEADER) Scope scope,
      @PathParam("id") String id,
      @PathParam("project") String project);

  /**
   * A project to share an image with.
   *
   * @param limit the most members that the image may have then, or null for any number
   */
  record NewMember(String project, @Nullable Integer limit) {}

  /** What a project says of an image. */
  record MemberChange(MemberStatus status) {}
}
