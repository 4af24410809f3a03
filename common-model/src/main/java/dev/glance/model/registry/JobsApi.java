package dev.glance.model.registry;

import dev.glance.model.image.Location;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Work that must outlive a process. Any glance-api replica claims a job, beats while it works, and
 * says how it ended; a claim that stops beating is given to another. A claim holds as long as an
 * upload's lease.
 */
@Path("/jobs")
public interface JobsApi {
  /** Claims up to {@code claim.limit} jobs that are due; empty when there are none. */
  @POST
  @Path("/claim")
  List<Job> claim(JobClaim claim);

  /**
   * Keeps a claim.
   *
   * @throws dev.glance.model.error.GlanceException {@code CONFLICT} when it was lost
   */
  @POST
  @Path("/{id}/heartbeat")
  void heartbeat(@PathParam("id") long id, JobOwner owner);

  /** The job is done and forgotten. Repeating it does nothing. */
  @POST
  @Path("/{id}/done")
  void done(@PathParam("id") long id, JobOwner owner);

  /** The job failed this time: it is due again later, with back-off. */
  @POST
  @Path("/{id}/failed")
  void failed(@PathParam("id") long id, JobFailure failure);

  /**
   * Adds a job of the kind {@link JobKind#SHARE}, due a minute later: by then whoever asks has
   * changed the image and told the stores. For an image that is not there nothing is added.
   */
  @POST
  @Path("/share")
  void share(ShareJob job);

  /** What a job does. */
  enum JobKind {
    /** Throw away what an upload attempt left: {@code store} and {@code uploadKey} say which. */
    DISCARD,
    /** Remove the bytes at {@code location} of a deleted image. */
    DELETE,
    /** Tell the stores who may read the image. */
    SHARE
  }

  /**
   * One claimed job.
   *
   * @param attempts how often it was claimed, this time included
   */
  record Job(
      long id,
      JobKind kind,
      String imageId,
      @Nullable String store,
      @Nullable UploadKey uploadKey,
      @Nullable Location location,
      int attempts) {}

  /** Asks for a job. */
  record ShareJob(String imageId) {}

  /** Asks for work. */
  record JobClaim(String worker, int limit) {}

  /** Says who is working. */
  record JobOwner(String worker) {}

  /** Says who failed, and why. */
  record JobFailure(String worker, String cause) {}
}
