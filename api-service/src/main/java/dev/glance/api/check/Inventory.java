package dev.glance.api.check;

import dev.glance.model.image.Image;
import dev.glance.model.registry.InventoryApi.Known;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link StoreCheck} asks, as {@link dev.glance.model.registry.InventoryApi} has it. */
interface Inventory {
  List<Image> withData(@Nullable String after, int limit);

  List<Known> known(List<String> imageIds);
}
