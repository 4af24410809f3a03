package dev.glance.api.data.format;

import java.util.OptionalLong;
import java.util.Set;

/**
 * What a whole stream turned out to be.
 *
 * @param format the format of the bytes
 * @param virtualSize the size in bytes of the disk that the format describes, empty when its header
 *     does not tell; for {@code RAW}, {@code GPT} and {@code ISO} the number of bytes
 * @param sizeBytes how many bytes there were
 */
public record Inspection(DetectedFormat format, OptionalLong virtualSize, long sizeBytes) {
  /** Declared formats that have no signature of their own: their content is seen as raw. */
  private static final Set<String> WITHOUT_SIGNATURE = Set.of("aki", "ari", "ami", "ploop");

  /**
   * The {@code virtual_size} of an image declared to be of these formats (API reference section
   * 7.4): known for {@code bare} containers only, and only when the bytes are what they are
   * declared to be. Any bytes are a {@code raw} disk of that many bytes. A disk of no bytes is
   * none: zero stands for "not known" (section 3.1).
   */
  public OptionalLong virtualSize(String diskFormat, String containerFormat) {
    if (!containerFormat.equals("bare")) {
      return OptionalLong.empty();
    }
    boolean isAsDeclared =
        format.diskFormat().equals(diskFormat)
            || (format == DetectedFormat.RAW && WITHOUT_SIGNATURE.contains(diskFormat));
    long bytes = diskFormat.equals("raw") ? sizeBytes : isAsDeclared ? virtualSize.orElse(0) : 0;
    return bytes > 0 ? OptionalLong.of(bytes) : OptionalLong.empty();
  }
}
