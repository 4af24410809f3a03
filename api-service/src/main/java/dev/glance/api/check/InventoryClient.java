package dev.glance.api.check;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.glance.api.registry.CommandRegistry;
import dev.glance.model.image.Image;
import dev.glance.model.registry.InventoryApi.Known;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link dev.glance.model.registry.InventoryApi} for {@link StoreCommand} and {@link ImageCommand}.
 * Does not implement it: what does is a resource to the framework.
 */
record InventoryClient(CommandRegistry registry) implements Inventory {
  @Override
  public List<Image> withData(@Nullable String after, int limit) {
    String query = "inventory?limit=" + limit + (after == null ? "" : "&after=" + after);
    return registry.call("GET", query, null, new TypeReference<>() {});
  }

  @Override
  public List<Known> known(List<String> imageIds) {
    return registry.call("POST", "inventory/query", imageIds, new TypeReference<>() {});
  }

  Image restore(String id) {
    return registry.call("POST", "inventory/" + id + "/restore", null, new TypeReference<>() {});
  }
}
