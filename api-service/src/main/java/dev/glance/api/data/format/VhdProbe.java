package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * Virtual PC (Microsoft, "Virtual Hard Disk Image Format Specification" 1.0). Dynamic and
 * differencing disks begin with a copy of their footer; a fixed one is a plain disk with the footer
 * behind it. Big-endian.
 */
final class VhdProbe extends FormatProbe {
  private static final String COOKIE = "conectix";
  private static final int FOOTER_BYTES = 512;
  private static final int CURRENT_SIZE_AT = 48;
  private static final int DISK_TYPE_AT = 60;
  private static final int FIXED = 2;

  private long size;

  VhdProbe() {
    super(DetectedFormat.VHD, 0, DISK_TYPE_AT + Integer.BYTES);
  }

  @Override
  void captured(ByteBuffer header) {
    if (hasText(header, 0, COOKIE)) {
      match();
      size = header.getLong(CURRENT_SIZE_AT);
    }
  }

  @Override
  void ended(ByteBuffer tail) {
    if (!isMatch()
        && tail.limit() == FOOTER_BYTES
        && hasText(tail, 0, COOKIE)
        && tail.getInt(DISK_TYPE_AT) == FIXED) {
      match();
      size = tail.getLong(CURRENT_SIZE_AT);
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    return size(size);
  }
}
