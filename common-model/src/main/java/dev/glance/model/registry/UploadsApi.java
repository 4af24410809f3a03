package dev.glance.model.registry;

import dev.glance.model.image.Image;
import dev.glance.model.image.Location;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Uploads under a lease. The intent (store, key) is written down before the first byte moves; the
 * result becomes visible in one conditional statement. An upload whose lease expires is swept: the
 * image returns to {@code queued}, the intent becomes a {@code DISCARD} job. A lease is lost when
 * it is swept or its image deleted, not at the instant it expires.
 */
@Path("/")
public interface UploadsApi {
  /** How much is reserved at a time for an upload whose size is unknown. */
  long RESERVATION_STEP_BYTES = 64L << 20;

  /**
   * Takes the image from {@code queued} to {@code saving} and leases the upload to its writer.
   * Where storage is limited, the announced size is reserved; of an unknown size the first {@link
   * #RESERVATION_STEP_BYTES}, or what is left of the limit if that is less. Asked again with the
   * same upload id, it answers with the same lease.
   *
   * @throws dev.glance.model.error.GlanceException {@code STATUS_CONFLICT} when it is not queued,
   *     {@code LIMIT_EXCEEDED} when it does not fit the limits, {@code LIMIT_RESERVED} when it may
   *     soon, {@code VERSION_CONFLICT} when the limits are not those of its owner
   */
  // Not images/{id}/uploads: a server picks the class by the longest path, and ImagesApi owns
  // images.
  @POST
  @Path("uploads/images/{id}")
  UploadLease start(
      @HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id, UploadStart start);

  /**
   * Renews the lease, and reserves more if the writer asks for it. May be repeated.
   *
   * @throws dev.glance.model.error.GlanceException {@code UPLOAD_GONE} when the image was deleted
   *     or the lease is lost, {@code VERSION_CONFLICT} when the limits are not those of its owner
   *     any more; the writer must stop and discard
   */
  @POST
  @Path("uploads/{uploadId}/heartbeat")
  UploadRenewal heartbeat(@PathParam("uploadId") String uploadId, UploadProgress progress);

  /**
   * Makes location, digests, sizes and {@code active} visible together, if the lease still holds.
   * Repeating a commit that succeeded succeeds. What was reserved is the image's size from then on.
   *
   * @throws dev.glance.model.error.GlanceException {@code UPLOAD_GONE} when the image was deleted
   *     or the lease is lost, {@code LIMIT_EXCEEDED} when more was stored than was reserved
   */
  @POST
  @Path("uploads/{uploadId}/commit")
  Image commit(@PathParam("uploadId") String uploadId, UploadResult result);

  /**
   * Leases the copying of an active or deactivated image's bytes to another store. It is an upload
   * that leaves the image's status alone and whose key is always fenced, so that nothing that lies
   * in the store under the image's own name is ever discarded on its account. The size is the
   * image's, whatever was announced, and is reserved whole. Asked again with the same upload id, it
   * answers with the same lease.
   *
   * @throws dev.glance.model.error.GlanceException {@code STATUS_CONFLICT} when it is neither,
   *     {@code CONFLICT} when it has a location in that store or is being copied there, {@code
   *     LIMIT_EXCEEDED} or {@code LIMIT_RESERVED} when it does not fit the limits, {@code
   *     VERSION_CONFLICT} when the limits are not those of its owner
   */
  @POST
  @Path("uploads/images/{id}/copy")
  UploadLease startCopy(
      @HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id, UploadStart start);

  /**
   * Adds the copy's location to those that the image has, if the lease still holds, and the image
   * is active or deactivated, still has the bytes that were copied, and got no location in that
   * store meanwhile. Repeating a commit that succeeded succeeds.
   *
   * @throws dev.glance.model.error.GlanceException {@code UPLOAD_GONE} when the image was deleted
   *     or the lease is lost, {@code CONFLICT} when the image is not as it has to be
   */
  @POST
  @Path("uploads/{uploadId}/commit-copy")
  Image commitCopy(@PathParam("uploadId") String uploadId, CopyResult result);

  /**
   * Gives the upload up: the image is {@code queued} again, with the cause recorded; one that was
   * copied stays as it is. What was not discarded becomes a job. Repeating it does nothing; a
   * committed upload stays committed.
   */
  @POST
  @Path("uploads/{uploadId}/abort")
  void abort(@PathParam("uploadId") String uploadId, UploadFailure failure);

  /**
   * What the writer intends.
   *
   * @param uploadId a new UUID, by which a writer that got no answer can ask again or give up
   * @param store the name of the store that will take the bytes
   * @param worker which process writes, for people reading the table
   * @param sizeBytes the announced size, or null when unknown
   * @param limits those of the image's owner, or null for none
   */
  record UploadStart(
      String uploadId,
      String store,
      String worker,
      @Nullable Long sizeBytes,
      @Nullable Limits limits) {
    /** An upload with an id of its own. */
    public UploadStart(
        String store, String worker, @Nullable Long sizeBytes, @Nullable Limits limits) {
      this(UUID.randomUUID().toString(), store, worker, sizeBytes, limits);
    }

    /** An upload to an image whose owner has no limits. */
    public UploadStart(String store, String worker, @Nullable Long sizeBytes) {
      this(store, worker, sizeBytes, null);
    }
  }

  /**
   * A granted lease.
   *
   * @param leaseMillis how long it holds without a heartbeat
   * @param reservedBytes how many bytes may be written; null for as many as come
   */
  record UploadLease(UploadKey key, long leaseMillis, @Nullable Long reservedBytes) {}

  /**
   * How far the upload is.
   *
   * @param bytes written so far
   * @param wanted asks for a larger reservation, or null
   */
  record UploadProgress(long bytes, @Nullable WantedBytes wanted) {
    /** Progress within what is reserved. */
    public UploadProgress(long bytes) {
      this(bytes, null);
    }
  }

  /**
   * Asks for a larger reservation.
   *
   * @param totalBytes from the upload's first byte on
   * @param limits those in force now for the image's owner
   */
  record WantedBytes(long totalBytes, Limits limits) {}

  /**
   * A renewed lease.
   *
   * @param reservedBytes how many bytes may be written, from the first on: as many as were asked
   *     for, or as there is room for; null for as many as come
   * @param isMoreExpected when it is less than was asked for: whether asking again soon may bring
   *     more, as others have reserved what they may not need
   */
  record UploadRenewal(@Nullable Long reservedBytes, boolean isMoreExpected) {}

  /** What was stored; shapes are those of {@link Image}. */
  record UploadResult(
      Location location,
      long size,
      @Nullable Long virtualSize,
      String checksum,
      String hashAlgorithm,
      String hashValue) {}

  /**
   * What was copied, and as what it was read: all but the location is as the image had it then.
   *
   * @param location names the store in its metadata
   */
  record CopyResult(
      Location location,
      long size,
      @Nullable String checksum,
      @Nullable String hashAlgorithm,
      @Nullable String hashValue) {}

  /**
   * Why an upload was given up.
   *
   * @param isDiscarded whether the writer has removed everything that is its own
   * @param isNameTaken whether another's bytes have the final name: the next attempts publish
   *     behind the fence, and those bytes are not discarded on this writer's account
   */
  record UploadFailure(boolean isDiscarded, boolean isNameTaken, String cause) {
    /** A failure that has nothing to do with the final name. */
    public UploadFailure(boolean isDiscarded, String cause) {
      this(isDiscarded, false, cause);
    }
  }
}
