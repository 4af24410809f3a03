package dev.glance.model.registry;

import dev.glance.model.image.Image;
import dev.glance.model.image.Location;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What operators ask of image bytes: what there should be, and to have them back. */
@Path("/inventory")
public interface InventoryApi {
  /**
   * A page of the images that have data, deleted ones aside, in an order that other writes do not
   * change.
   *
   * @param after the last id of the page before, or null for the first page
   * @param limit at most this many; fewer only on the last page
   */
  @GET
  List<Image> withData(@QueryParam("after") @Nullable String after, @QueryParam("limit") int limit);

  /**
   * What is known of these images, all read at the same moment. An id that no image ever had is
   * missing from the answer.
   */
  @POST
  @Path("/query")
  List<Known> known(List<String> imageIds);

  /**
   * Brings a deleted image back, with all that it had, while its bytes still wait for their removal
   * (the registry's setting {@code delayed-delete}).
   *
   * @throws dev.glance.model.error.GlanceException {@code IMAGE_NOT_FOUND} when no deleted image
   *     has this id, {@code CONFLICT} when its bytes are no longer all there
   */
  @POST
  @Path("/{id}/restore")
  Image restore(@PathParam("id") String id);

  /**
   * One image, living or deleted.
   *
   * @param imageId in lower case
   * @param locations where its bytes are; none once it is deleted
   * @param isInMotion whether an upload of it runs, or a job for its bytes waits: what a store
   *     holds of it may be about to appear or to go
   */
  record Known(String imageId, List<Location> locations, boolean isInMotion) {
    public Known {
      locations = List.copyOf(locations);
    }
  }
}
