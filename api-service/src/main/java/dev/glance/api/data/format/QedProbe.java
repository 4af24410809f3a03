package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/** QEMU enhanced disk (QEMU, {@code docs/interop/qed_spec.txt}). Little-endian. */
final class QedProbe extends FormatProbe {
  private static final int SIZE_AT = 48;

  private long size;

  QedProbe() {
    super(DetectedFormat.QED, 0, SIZE_AT + Long.BYTES);
  }

  @Override
  void captured(ByteBuffer header) {
    if (hasText(header, 0, "QED\0")) {
      match();
      size = header.order(ByteOrder.LITTLE_ENDIAN).getLong(SIZE_AT);
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    return size(size);
  }
}
