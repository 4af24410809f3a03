package dev.glance.api.check;

import java.util.Locale;

/**
 * Something that is not as it should be.
 *
 * @param image the id, or {@code -} when nothing says which image it is of
 * @param at the location that the registry has, or where the bytes are
 * @param detail what was seen, for people
 */
record Finding(Kind kind, String store, String image, String at, String detail) {
  /** What can be wrong. */
  enum Kind {
    /** The registry has a location where the store has no bytes. */
    MISSING,
    /** The store has another number of bytes there. */
    WRONG_SIZE,
    /** The bytes there are not those that were uploaded. */
    ROTTEN,
    /** The bytes could not be looked at; they may be well. */
    UNREADABLE,
    /** The store keeps bytes that no image has any more. */
    ORPHAN,
    /** An upload that is no more left them before it published anything. */
    LEFTOVER,
    /** The store keeps something under a name of nobody's, or of an image that never was. */
    FOREIGN;

    /** Whether removing the bytes loses nothing. */
    boolean isRemovable() {
      return this == ORPHAN || this == LEFTOVER;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  String line() {
    return "%-10s image=%s store=%s location=%s %s"
        .formatted(kind.word(), image, store, at, detail);
  }
}
