package dev.glance.model.registry;

import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.Location;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Image records. Every call answers only what its scope may see: an image outside it is {@code
 * IMAGE_NOT_FOUND}, like one that does not exist.
 */
@Path("/images")
public interface ImagesApi {
  /**
   * Registers an image, status {@code queued}.
   *
   * @throws dev.glance.model.error.GlanceException {@code IMAGE_EXISTS} when the id is or was
   *     taken, {@code LIMIT_EXCEEDED} when the owner has as many images as it may have
   */
  @POST
  Image create(@HeaderParam(Scope.HEADER) Scope scope, NewImage image);

  /** One image. */
  @GET
  @Path("/{id}")
  Image show(@HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id);

  /**
   * One page of images; shorter than the limit only when it is the last.
   *
   * @throws dev.glance.model.error.GlanceException {@code MARKER_NOT_FOUND}, or {@code FORBIDDEN}
   *     when the marker is an image outside the scope
   */
  @POST
  @Path("/query")
  List<Image> list(@HeaderParam(Scope.HEADER) Scope scope, ImageQuery query);

  /**
   * Replaces what a user may write, if the image still has the version the change was made for.
   *
   * @throws dev.glance.model.error.GlanceException {@code STATUS_CONFLICT} when locations come to
   *     an image that is neither queued nor active, {@code VERSION_CONFLICT} when it has not,
   *     {@code LIMIT_EXCEEDED} when a new owner would have more than it may have
   */
  @PUT
  @Path("/{id}")
  Image update(
      @HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id, ImageChange change);

  /**
   * Moves the image out of sight and, in the same transaction, puts the removal of its bytes in the
   * outbox. An upload under way learns of it with its next heartbeat.
   *
   * @param version {@link Image#version} of the image that is meant, or null for any
   * @throws dev.glance.model.error.GlanceException {@code FORBIDDEN} when it is protected, {@code
   *     VERSION_CONFLICT} when it has another version
   */
  @DELETE
  @Path("/{id}")
  void delete(
      @HeaderParam(Scope.HEADER) Scope scope,
      @PathParam("id") String id,
      @QueryParam("version") @Nullable Long version);

  /** Deletes the image whatever its version. */
  default void delete(Scope scope, String id) {
    delete(scope, id, null);
  }

  /**
   * Withholds the data of an active image from everyone except admins. Repeating it does nothing.
   *
   * @throws dev.glance.model.error.GlanceException {@code STATUS_CONFLICT} when it is neither
   *     active nor deactivated
   */
  @POST
  @Path("/{id}/deactivate")
  Image deactivate(@HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id);

  /**
   * Gives the data of a deactivated image free again. Repeating it does nothing.
   *
   * @throws dev.glance.model.error.GlanceException {@code STATUS_CONFLICT} when it is neither
   *     active nor deactivated
   */
  @POST
  @Path("/{id}/reactivate")
  Image reactivate(@HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id);

  /**
   * A new image.
   *
   * @param id the wanted id, any case, or null for a random one
   * @param limits those of the owner, or null for none
   */
  record NewImage(@Nullable String id, ImageAttributes attributes, @Nullable Limits limits) {
    /** A new image of an owner without limits. */
    public NewImage(@Nullable String id, ImageAttributes attributes) {
      this(id, attributes, null);
    }
  }

  /**
   * A change made for one version of an image.
   *
   * @param version {@link Image#version} of the image that the change was computed from
   * @param limits those of the owner after the change, where the owner changes or locations come,
   *     or null for none
   * @param relocation what becomes of the locations, or null for nothing
   */
  record ImageChange(
      long version,
      ImageAttributes attributes,
      @Nullable Limits limits,
      @Nullable Relocation relocation) {
    /** A change of attributes alone. */
    public ImageChange(long version, ImageAttributes attributes, @Nullable Limits limits) {
      this(version, attributes, limits, null);
    }

    /** A change that gives the image to nobody else, or to somebody without limits. */
    public ImageChange(long version, ImageAttributes attributes) {
      this(version, attributes, null);
    }
  }

  /**
   * New locations of a queued or active image; a queued one becomes active by them. The bytes of a
   * location whose URL is not among them any more are removed through the outbox. What the image
   * has of size and digests already stays.
   *
   * @param locations all that the image has then, in their order
   * @param size in bytes, or null
   */
  record Relocation(
      List<Location> locations,
      @Nullable Long size,
      @Nullable String checksum,
      @Nullable String hashAlgorithm,
      @Nullable String hashValue) {
    public Relocation {
      locations = List.copyOf(locations);
    }
  }
}
