package dev.glance.registry.inventory;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.InventoryApi;
import dev.glance.registry.image.ImageRepository;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The registry's side of {@link InventoryApi}. */
public class InventoryResource implements InventoryApi {
  private final InventoryRepository inventory;
  private final ImageRepository images;

  InventoryResource(InventoryRepository inventory, ImageRepository images) {
    this.inventory = inventory;
    this.images = images;
  }

  @Override
  public List<Image> withData(@Nullable String after, int limit) {
    if (limit < 1) {
      throw GlanceException.invalid("limit must be at least 1");
    }
    @Nullable UUID last =
        after == null
            ? null
            : ImageId.parse(after)
                .orElseThrow(() -> GlanceException.invalid("Invalid image id: " + after));
    return inventory.withData(last, limit);
  }

  @Override
  public List<Known> known(List<String> imageIds) {
    return inventory.known(
        imageIds.stream().map(ImageId::parse).flatMap(Optional::stream).toList());
  }

  @Override
  public Image restore(String id) {
    return ImageId.parse(id)
        .flatMap(images::restore)
        .orElseThrow(
            () ->
                new GlanceException(
                    ErrorCode.IMAGE_NOT_FOUND, "No deleted image has the id " + id + "."));
  }
}
