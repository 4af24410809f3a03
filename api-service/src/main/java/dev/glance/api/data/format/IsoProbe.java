package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;

/**
 * ISO 9660 and UDF (ECMA-119, ECMA-167): the first volume descriptor, behind 32 KiB that belong to
 * the system. A virtual machine sees every byte of it as the disc.
 */
final class IsoProbe extends FormatProbe {
  private static final long VOLUME_DESCRIPTOR_AT = 32 * 1024L;
  private static final List<String> IDENTIFIERS = List.of("CD001", "BEA01", "NSR02", "NSR03");

  IsoProbe() {
    super(DetectedFormat.ISO, VOLUME_DESCRIPTOR_AT, 6);
  }

  @Override
  void captured(ByteBuffer descriptor) {
    if (IDENTIFIERS.stream().anyMatch(identifier -> hasText(descriptor, 1, identifier))) {
      match();
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    return OptionalLong.of(streamSize);
  }
}
