package dev.glance.api.data;

import dev.glance.model.image.Location;
import org.jspecify.annotations.Nullable;

/**
 * A location of an image from which it cannot be copied: the bytes there are not the image's, or
 * cannot be read (then there is a cause).
 */
public final class BadSource extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String store;
  private final transient Location location;

  BadSource(String store, Location location, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.store = store;
    this.location = location;
  }

  /** The name of the store. */
  public String store() {
    return store;
  }

  /** Where in it. */
  public Location location() {
    return location;
  }
}
