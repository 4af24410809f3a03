package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * A plain disk with a partition table: MBR, or GPT, which begins with a protective MBR (UEFI 2.10
 * section 5.2). The boot signature alone also ends the boot sector of a bare file system, so the
 * four entries must look like entries.
 */
final class PartitionProbe extends FormatProbe {
  private static final int SECTOR_BYTES = 512;
  private static final int ENTRIES_AT = 446;
  private static final int ENTRY_BYTES = 16;
  private static final int TYPE_AT = 4;
  private static final int SIGNATURE_AT = 510;

  PartitionProbe() {
    super(DetectedFormat.GPT, 0, SECTOR_BYTES);
  }

  @Override
  void captured(ByteBuffer sector) {
    if (sector.order(ByteOrder.LITTLE_ENDIAN).getShort(SIGNATURE_AT) != (short) 0xaa55) {
      return;
    }
    boolean hasPartition = false;
    for (int at = ENTRIES_AT; at < SIGNATURE_AT; at += ENTRY_BYTES) {
      if ((sector.get(at) & 0x7f) != 0) {
        return;
      }
      hasPartition |= sector.get(at + TYPE_AT) != 0;
    }
    if (hasPartition) {
      match();
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    return OptionalLong.of(streamSize);
  }
}
