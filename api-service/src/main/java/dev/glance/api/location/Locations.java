package dev.glance.api.location;

import dev.glance.api.data.DataConfig;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.Location;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/** Which locations images may have (API reference sections 2.4 and 6.3). */
@Singleton
public final class Locations {
  private static final Logger LOG = Logger.getLogger(Locations.class);

  /** A user who could name these would read the service's own disk and secrets. */
  private static final Set<String> RESTRICTED = Set.of("file", "filesystem", "swift+config");

  private static final String STORE = "store";

  private final Stores stores;
  private final LocationConfig config;
  private final String hashingAlgorithm;

  public Locations(Stores stores, LocationConfig config, DataConfig data) {
    this.stores = stores;
    this.config = config;
    this.hashingAlgorithm = data.hashingAlgorithm();
  }

  /** The locations of an image, to be changed. */
  public LocationDraft draft(Image image) {
    return new LocationDraft(image, this);
  }

  boolean areVisible() {
    return config.showMultipleLocations();
  }

  String hashingAlgorithm() {
    return hashingAlgorithm;
  }

  /**
   * Refuses more locations than an image may have.
   *
   * @throws GlanceException {@code LIMIT_EXCEEDED}
   */
  void requireRoom(int count) {
    int quota = config.imageLocationQuota();
    if (quota >= 0 && count > quota) {
      throw new GlanceException(
          ErrorCode.LIMIT_EXCEEDED,
          "An image may have " + quota + " locations at most, not " + count + ".");
    }
  }

  /** The location with the store that holds it in its metadata, where there are several stores. */
  Location inStore(Location location) {
    if (!stores.isMultistore()) {
      return location;
    }
    return stores
        .holding(location.url())
        .map(
            store -> {
              Map<String, Object> metadata = new HashMap<>(location.metadata());
              metadata.put(STORE, store.info().name());
              return new Location(location.url(), metadata);
            })
        .orElse(location);
  }

  /**
   * Asks the stores of locations whether they would delete what is there.
   *
   * @throws StoreException.InUse when one would refuse until somebody else lets go of it
   */
  public void requireDeletable(List<Location> locations) {
    for (Location location : locations) {
      stores
          .resolve(location)
          .ifPresent(store -> store.requireDeletable(StoreLocation.of(location.url())));
    }
  }

  /** Whether the bytes of a location are in the store of this name. */
  boolean isIn(Location location, String store) {
    return stores.resolve(location).filter(at -> at.info().name().equals(store)).isPresent();
  }

  /**
   * How many bytes lie at a location that a user gives; asks the store.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when it is none that a user may give, or its
   *     store finds nothing there
   */
  long size(String url) {
    int colon = url.indexOf(':');
    String scheme = url.substring(0, Math.max(colon, 0)).toLowerCase(Locale.ROOT);
    if (RESTRICTED.contains(scheme)) {
      throw invalid();
    }
    Store store = stores.holding(url).orElseThrow(Locations::invalid);
    // It reads with rights in all projects' accounts, of which this user has but one.
    if (store.info().capabilities().contains(Capability.SHARE)) {
      throw invalid();
    }
    try {
      long size = store.size(StoreLocation.of(url)).orElse(0);
      if (size > 0) {
        return size;
      }
    } catch (StoreException e) {
      LOG.debugf("a location was refused: %s", e.getMessage());
    }
    throw invalid();
  }

  private static GlanceException invalid() {
    return GlanceException.invalid("Invalid location");
  }
}
