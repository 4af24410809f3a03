package dev.glance.api.data.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Hyper-V (Microsoft, MS-VHDX). Little-endian. The size is three hops away: the region table says
 * where the metadata is, the metadata table where the virtual disk size is. Both tables are a
 * header and entries of 32 bytes that begin with a GUID.
 */
final class VhdxProbe extends FormatProbe {
  private static final String FILE_SIGNATURE = "vhdxfile";
  private static final long REGION_TABLE_AT = 192 * 1024L;
  private static final int REGION_HEADER_BYTES = 16;
  private static final int METADATA_HEADER_BYTES = 32;
  private static final int ENTRY_BYTES = 32;
  private static final int GUID_BYTES = 16;
  private static final int MAX_ENTRIES = 2047;

  /** {@code 8B7CA206-4790-4B9A-B8FE-575F050F886E} as stored. */
  private static final ByteBuffer METADATA_REGION = guid("06a27c8b90479a4bb8fe575f050f886e");

  /** {@code 2FA54224-CD1B-4876-B211-5DBED83BF4B8} as stored. */
  private static final ByteBuffer VIRTUAL_DISK_SIZE = guid("2442a52f1bcd7648b2115dbed83bf4b8");

  private Step step = Step.FILE_SIGNATURE;
  private long metadataAt;
  private OptionalLong size = OptionalLong.empty();

  VhdxProbe() {
    super(DetectedFormat.VHDX, 0, FILE_SIGNATURE.length());
  }

  /** What comes next. */
  private enum Step {
    FILE_SIGNATURE,
    REGION_HEADER,
    REGIONS,
    METADATA_HEADER,
    METADATA,
    SIZE
  }

  @Override
  void captured(ByteBuffer bytes) {
    ByteBuffer header = bytes.order(ByteOrder.LITTLE_ENDIAN);
    switch (step) {
      case FILE_SIGNATURE -> {
        if (hasText(header, 0, FILE_SIGNATURE)) {
          match();
          expect(Step.REGION_HEADER, REGION_TABLE_AT, REGION_HEADER_BYTES);
        }
      }
      case REGION_HEADER -> {
        int entries = header.getInt(8);
        if (hasText(header, 0, "regi") && entries > 0 && entries <= MAX_ENTRIES) {
          expect(Step.REGIONS, REGION_TABLE_AT + REGION_HEADER_BYTES, (long) entries * ENTRY_BYTES);
        }
      }
      case REGIONS -> {
        OptionalInt entry = find(METADATA_REGION, header);
        if (entry.isPresent()) {
          metadataAt = header.getLong(entry.getAsInt() + GUID_BYTES);
          expect(Step.METADATA_HEADER, metadataAt, METADATA_HEADER_BYTES);
        }
      }
      case METADATA_HEADER -> {
        int entries = Short.toUnsignedInt(header.getShort(10));
        if (hasText(header, 0, "metadata") && entries <= MAX_ENTRIES) {
          expect(Step.METADATA, metadataAt + METADATA_HEADER_BYTES, (long) entries * ENTRY_BYTES);
        }
      }
      case METADATA -> {
        OptionalInt entry = find(VIRTUAL_DISK_SIZE, header);
        if (entry.isPresent()) {
          long itemAt = Integer.toUnsignedLong(header.getInt(entry.getAsInt() + GUID_BYTES));
          expect(Step.SIZE, metadataAt + itemAt, Long.BYTES);
        }
      }
      case SIZE -> size = size(header.getLong(0));
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    return size;
  }

  private void expect(Step next, long offset, long length) {
    step = next;
    want(offset, length);
  }

  private static OptionalInt find(ByteBuffer guid, ByteBuffer entries) {
    for (int at = 0; at < entries.limit(); at += ENTRY_BYTES) {
      if (entries.slice(at, GUID_BYTES).equals(guid)) {
        return OptionalInt.of(at);
      }
    }
    return OptionalInt.empty();
  }

  private static ByteBuffer guid(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex)).asReadOnlyBuffer();
  }
}
