package dev.glance.api.data.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * LUKS volumes (cryptsetup, "LUKS1 On-Disk Format" 1.2.3 and "LUKS2 On-Disk Format" 1.1.2).
 * Big-endian. The disk is the payload: what lies behind the offset that version 1 has in its header
 * and version 2 in a JSON text behind it.
 */
final class LuksProbe extends FormatProbe {
  private static final String MAGIC = "LUKS\u00ba\u00be";
  private static final int VERSION_AT = 6;
  private static final int V1_PAYLOAD_SECTOR_AT = 104;
  private static final int SECTOR_BYTES = 512;
  private static final int V2_HEADER_SIZE_AT = 8;
  private static final int V2_JSON_AT = 4096;

  /**
   * The JSON text that is kept. cryptsetup writes 12 KiB unless asked for more and the format
   * allows 4 MiB, too much for every upload; behind this the size stays unknown.
   */
  private static final int V2_MAX_JSON_BYTES = 128 * 1024;

  private static final JsonMapper JSON = new JsonMapper();

  private OptionalLong payloadAt = OptionalLong.empty();
  private OptionalLong payloadSize = OptionalLong.empty();

  LuksProbe() {
    super(DetectedFormat.LUKS, 0, V1_PAYLOAD_SECTOR_AT + Integer.BYTES);
  }

  @Override
  void captured(ByteBuffer bytes) {
    if (isMatch()) {
      byte[] json = new byte[bytes.limit()];
      bytes.get(json);
      readJson(json);
    } else if (hasText(bytes, 0, MAGIC)) {
      readHeader(bytes);
    }
  }

  private void readHeader(ByteBuffer header) {
    switch (header.getShort(VERSION_AT)) {
      case 1 -> {
        match();
        long sector = Integer.toUnsignedLong(header.getInt(V1_PAYLOAD_SECTOR_AT));
        payloadAt = OptionalLong.of(sector * SECTOR_BYTES);
      }
      case 2 -> {
        match();
        long jsonBytes = header.getLong(V2_HEADER_SIZE_AT) - V2_JSON_AT;
        if (jsonBytes <= V2_MAX_JSON_BYTES) {
          want(V2_JSON_AT, jsonBytes);
        }
      }
      default -> {}
    }
  }

  /** The payload is the only segment of a volume that is not being re-encrypted. */
  private void readJson(byte[] json) {
    try {
      JsonNode segments = JSON.readTree(json).path("segments");
      if (segments.size() == 1) {
        JsonNode segment = segments.elements().next();
        payloadAt = OptionalLong.of(Long.parseLong(segment.path("offset").asText()));
        String size = segment.path("size").asText();
        if (!size.equals("dynamic")) {
          payloadSize = size(Long.parseLong(size));
        }
      }
    } catch (IOException | NumberFormatException _) {
      // The text is not what the header says; the payload's place stays unknown.
      payloadAt = OptionalLong.empty();
    }
  }

  @Override
  OptionalLong virtualSize(long streamSize) {
    if (payloadAt.isEmpty() || payloadSize.isPresent()) {
      return payloadSize;
    }
    long offset = payloadAt.getAsLong();
    return offset < 0 ? OptionalLong.empty() : size(streamSize - offset);
  }
}
