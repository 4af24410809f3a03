package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * VMware (VMware, "Virtual Disk Format" 5.0). A sparse extent with its descriptor inside,
 * monolithic or stream-optimized, begins with a little-endian header that holds the capacity. A
 * text descriptor alone points at other files: it is this format, but has no size of its own here.
 */
final class VmdkProbe extends FormatProbe {
  private static final String SPARSE_EXTENT = "KDMV";
  private static final String TEXT_DESCRIPTOR = "# Disk DescriptorFile";
  private static final int CAPACITY_AT = 12;
  private static final int SECTOR_BYTES = 512;

  private OptionalLong size = OptionalLong.empty();

  VmdkProbe() {
    super(DetectedFormat.VMDK, 0, TEXT_DESCRIPTOR.length());
  }

  @Override
  void captured(ByteBuffer header) {
    if (hasText(header, 0, SPARSE_EXTENT)) {
      match();
      long sectors = header.order(ByteOrder.LITTLE_ENDIAN).getLong(CAPACITY_AT);
      if (sectors >= 0 && sectors <= Long.MAX_VALUE / SECTOR_BYTES) {
        size = OptionalLong.of(sectors * SECTOR_BYTES);
      }
    } else if (hasText(header, 0, TEXT_DESCRIPTOR)) {
      match();
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    return size;
  }
}
