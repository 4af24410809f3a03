package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/** VirtualBox (QEMU, {@code block/vdi.c}). Little-endian, behind 64 bytes of free text. */
final class VdiProbe extends FormatProbe {
  private static final int SIGNATURE = 0xbeda107f;
  private static final int SIGNATURE_AT = 0x40;
  private static final int SIZE_AT = 0x170;

  private long size;

  VdiProbe() {
    super(DetectedFormat.VDI, 0, SIZE_AT + Long.BYTES);
  }

  @Override
  void captured(ByteBuffer bytes) {
    ByteBuffer header = bytes.order(ByteOrder.LITTLE_ENDIAN);
    if (header.getInt(SIGNATURE_AT) == SIGNATURE) {
      match();
      size = header.getLong(SIZE_AT);
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    return size(size);
  }
}
