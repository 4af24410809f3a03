package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/** QEMU copy-on-write, versions 2 and 3 (QEMU, {@code docs/interop/qcow2.txt}). Big-endian. */
final class Qcow2Probe extends FormatProbe {
  private static final int MAGIC = 0x514649fb;
  private static final int VERSION_AT = 4;
  private static final int SIZE_AT = 24;

  private long size;

  Qcow2Probe() {
    super(DetectedFormat.QCOW2, 0, SIZE_AT + Long.BYTES);
  }

  @Override
  void captured(ByteBuffer header) {
    int version = header.getInt(VERSION_AT);
    if (header.getInt(0) == MAGIC && (version == 2 || version == 3)) {
      match();
      size = header.getLong(SIZE_AT);
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    return size(size);
  }
}
