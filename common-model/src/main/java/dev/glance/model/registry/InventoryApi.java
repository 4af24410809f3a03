package dev.glance.model.registry;

import dev.glance.model.image.Image;
import dev.glance.model.image.Location;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the registry knows of image bytes, for those who compare it with the stores. */
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
