package dev.glance.model.image;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One image record, as the registry keeps it (API reference section 3.1).
 *
 * @param id a UUID as the client wrote it, or lower case where the service made it; look-ups ignore
 *     case
 * @param owner the project that owns it; null means unowned, for admins only
 * @param tags in no particular order, without duplicates
 * @param minDisk in GiB
 * @param minRam in MiB
 * @param size in bytes; null until there is data
 * @param virtualSize in bytes once unpacked; null when unknown
 * @param checksum MD5, lower-case hex
 * @param properties the custom properties by name
 * @param locations where the bytes are, best first
 * @param version counts the writes to this image; an update names the version it was made for
 */
public record Image(
    String id,
    @Nullable String name,
    ImageStatus status,
    Visibility visibility,
    boolean isProtected,
    boolean isHidden,
    @Nullable String owner,
    List<String> tags,
    int minDisk,
    int minRam,
    @Nullable String containerFormat,
    @Nullable String diskFormat,
    @Nullable Long size,
    @Nullable Long virtualSize,
    @Nullable String checksum,
    @Nullable String hashAlgorithm,
    @Nullable String hashValue,
    @InMicroseconds Instant createdAt,
    @InMicroseconds Instant updatedAt,
    Map<String, String> properties,
    List<Location> locations,
    long version) {
  public Image {
    tags = List.copyOf(tags);
    properties = Map.copyOf(properties);
    locations = List.copyOf(locations);
  }
}
