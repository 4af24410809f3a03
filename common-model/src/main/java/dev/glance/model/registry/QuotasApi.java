package dev.glance.model.registry;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;

/** What projects have of that which {@link Limits} limit. */
@Path("/usage")
public interface QuotasApi {
  /** One project's usage; zeros for a project that has nothing. */
  @GET
  Usage usage(@QueryParam("project") String project);

  /**
   * What a project has. Deleted images do not count, also while their bytes are being removed.
   *
   * @param storedBytes size times locations of all images, and what is reserved for uploads under
   *     way; {@code Long.MAX_VALUE} if it is more than that
   * @param stagedBytes size of the images that are staged or being imported
   * @param images how many images
   * @param uploading how many of them are taking data in
   */
  record Usage(long storedBytes, long stagedBytes, long images, long uploading) {}
}
