package dev.glance.api.store;

import java.net.URI;

/** A store's own URI for stored bytes, in upstream's forms (API reference section 6.2). */
public record StoreLocation(URI uri) {
  /**
   * Reads a URI.
   *
   * @throws StoreException.BadLocation when it is not one
   */
  public static StoreLocation of(String uri) {
    try {
      return new StoreLocation(URI.create(uri));
    } catch (IllegalArgumentException e) {
      throw new StoreException.BadLocation("the location is not a URI", e);
    }
  }
}
