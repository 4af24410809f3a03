package dev.glance.api.check;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Stores;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.InventoryApi.Known;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@link StoreCheck} of a store beside a registry that has one active image in it. */
public final class CheckedImage implements Inventory {
  /** Two hours from now everything in the store is old. */
  private static final Clock LATER = Clock.offset(Clock.systemUTC(), Duration.ofHours(2));

  private final Store store;
  private final Image image;

  /** An image with bytes of this length and MD5 at a location. */
  public CheckedImage(Store store, String id, StoreLocation at, long size, String md5) {
    this.store = store;
    Location location =
        new Location(at.uri().toString(), Map.of("store", (Object) store.info().name()));
    this.image =
        new Image(
            id,
            "checked",
            ImageStatus.ACTIVE,
            Visibility.SHARED,
            false,
            false,
            "p",
            List.of(),
            0,
            0,
            "bare",
            "raw",
            size,
            null,
            md5,
            null,
            null,
            Instant.EPOCH,
            Instant.EPOCH,
            Map.of(),
            List.of(location),
            1);
  }

  /** Checks deeply and repairs; a line for each finding as {@code ./glance store check} has it. */
  public List<String> repair() {
    List<String> lines = new ArrayList<>();
    List<StoredObject> removable = new ArrayList<>();
    StoreCheck check =
        new StoreCheck(
            Stores.of(List.of(store), store.info().name()),
            this,
            LATER,
            finding -> lines.add(finding.line()));
    check.checkImages(null, true);
    check.checkStore(store, removable::add);
    removable.forEach(store::remove);
    return lines;
  }

  @Override
  public List<Image> withData(@Nullable String after, int limit) {
    return after == null ? List.of(image) : List.of();
  }

  @Override
  public List<Known> known(List<String> imageIds) {
    return imageIds.contains(image.id())
        ? List.of(new Known(image.id(), image.locations(), false))
        : List.of();
  }
}
