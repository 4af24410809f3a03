package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Looks for one format in a stream. A probe sees nothing but the stretches it asks for, one at a
 * time and each behind the last, so that the bulk of an image costs it one comparison a buffer and
 * its memory is that of one header. Whatever the bytes are, it never throws: a truncated or absurd
 * header is not that format, or one whose size is unknown.
 */
abstract class FormatProbe {
  private final DetectedFormat format;
  private boolean isMatch;

  private long wantedOffset;
  private byte @Nullable [] wanted;
  private int filled;

  /**
   * A probe that starts with a stretch of the stream.
   *
   * @param offset where the format's first header is
   * @param length how much of it tells the format
   */
  FormatProbe(DetectedFormat format, long offset, int length) {
    this.format = format;
    wantedOffset = offset;
    wanted = new byte[length];
  }

  /** Reads a stretch that was asked for, complete, at positions from 0, big-endian. */
  abstract void captured(ByteBuffer bytes);

  /** Looks at the last bytes of the stream: 512, or all when there are fewer. */
  void ended(ByteBuffer tail) {}

  /**
   * The size of the disk, where it matches and tells.
   *
   * @param streamSize how many bytes the whole stream had
   */
  abstract OptionalLong virtualSize(long streamSize);

  final DetectedFormat format() {
    return format;
  }

  final boolean isMatch() {
    return isMatch;
  }

  /** The stream is of this format. */
  final void match() {
    isMatch = true;
  }

  /**
   * Asks for one more stretch. One that begins before the end of the last one has gone by (no
   * well-formed image has it there) and never comes; neither does one behind the end of the stream.
   */
  final void want(long offset, long length) {
    if (offset >= wantedOffset + filled && length > 0 && length <= Integer.MAX_VALUE) {
      wantedOffset = offset;
      wanted = new byte[(int) length];
      filled = 0;
    }
  }

  /** Takes from a buffer, which it leaves as it is, what it waits for. */
  final void accept(ByteBuffer buffer, long position) {
    long end = position + buffer.remaining();
    byte[] target = wanted;
    while (target != null && wantedOffset + filled < end) {
      long at = wantedOffset + filled;
      int count = (int) Math.min(target.length - filled, end - at);
      buffer.get(buffer.position() + (int) (at - position), target, filled, count);
      filled += count;
      if (filled < target.length) {
        return;
      }
      wanted = null;
      captured(ByteBuffer.wrap(target));
      target = wanted;
    }
  }

  /** A size from a header: unsigned there, and absurd when Java's long cannot hold it. */
  static OptionalLong size(long bytes) {
    return bytes < 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
  }

  /** Whether the bytes from {@code index} on spell {@code ascii}. */
  static boolean hasText(ByteBuffer bytes, int index, String ascii) {
    for (int i = 0; i < ascii.length(); i++) {
      if (bytes.get(index + i) != (byte) ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
