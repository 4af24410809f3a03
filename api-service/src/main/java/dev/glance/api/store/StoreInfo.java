package dev.glance.api.store;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a store is.
 *
 * @param name the configured name, {@code <name>} of {@code glance.stores.<name>}
 * @param type the backend: {@code file}, {@code s3}, …
 * @param description for people; null when none was given
 * @param weight orders the locations of an image for reading, highest first
 * @param properties what the discovery calls show of its settings, by upstream's names
 */
public record StoreInfo(
    String name,
    String type,
    @Nullable String description,
    int weight,
    Set<Capability> capabilities,
    Map<String, Object> properties) {
  public StoreInfo {
    capabilities = Set.copyOf(capabilities);
    properties = Map.copyOf(properties);
  }

  /** Whether it takes no uploads. */
  public boolean isReadOnly() {
    return !capabilities.contains(Capability.WRITE);
  }

  /** What a store can do beyond reading whole images; the contract test checks both directions. */
  public enum Capability {
    /** Takes uploads. */
    WRITE,
    /** Deletes. */
    DELETE,
    /** Reads from any offset. */
    RANDOM_READ,
    /** Names what it keeps, and removes what is named. */
    LIST,
    /** Lets the projects that may see an image read its bytes from the backend themselves. */
    SHARE
  }
}
