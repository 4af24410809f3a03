package dev.glance.api.store;

/**
 * A stretch of an image, checked against its size before a store sees it.
 *
 * @param offset the first byte, from 0
 * @param length how many bytes, 0 or more
 */
public record ByteRange(long offset, long length) {
  public ByteRange {
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException("negative range " + offset + "+" + length);
    }
  }

  /** The last byte, inclusive, as HTTP counts; {@code offset - 1} for an empty range. */
  public long last() {
    return offset + length - 1;
  }
}
