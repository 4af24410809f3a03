package dev.glance.api.store;

import java.net.URI;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A store's own URI for stored bytes, in upstream's forms (API reference section 6.2). */
public record StoreLocation(URI uri) {
  /** Upstream writes directories and containers as they are, with spaces and lone % signs. */
  private static final Pattern UNESCAPED = Pattern.compile("[ \"<>\\\\^`{|}]|%(?![0-9A-Fa-f]{2})");

  /**
   * Reads a URI; what ought to be escaped in it is taken to mean itself.
   *
   * @throws StoreException.BadLocation when it is not one
   */
  public static StoreLocation of(String uri) {
    try {
      return new StoreLocation(URI.create(escaped(uri)));
    } catch (IllegalArgumentException e) {
      throw new StoreException.BadLocation("the location is not a URI", e);
    }
  }

  private static String escaped(String uri) {
    HexFormat hex = HexFormat.of().withUpperCase();
    return UNESCAPED
        .matcher(uri)
        .replaceAll(found -> "%" + hex.toHexDigits((byte) found.group().charAt(0)));
  }
}
