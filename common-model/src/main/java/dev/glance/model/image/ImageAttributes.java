package dev.glance.model.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a user may write of an image: the body of a create and of an update. Shapes and units are
 * those of {@link Image}.
 */
public record ImageAttributes(
    @Nullable String name,
    Visibility visibility,
    boolean isProtected,
    boolean isHidden,
    @Nullable String owner,
    List<String> tags,
    int minDisk,
    int minRam,
    @Nullable String containerFormat,
    @Nullable String diskFormat,
    Map<String, String> properties) {
  public ImageAttributes {
    tags = tags.stream().distinct().toList();
    properties = Map.copyOf(properties);
  }

  /** The formats that must be set before the image can have data, and are not. */
  public List<String> missingFormats() {
    List<String> missing = new ArrayList<>();
    if (diskFormat == null) {
      missing.add("disk_format");
    }
    if (containerFormat == null) {
      missing.add("container_format");
    }
    return missing;
  }

  /** The writable part of an image. */
  public static ImageAttributes of(Image image) {
    return new ImageAttributes(
        image.name(),
        image.visibility(),
        image.isProtected(),
        image.isHidden(),
        image.owner(),
        image.tags(),
        image.minDisk(),
        image.minRam(),
        image.containerFormat(),
        image.diskFormat(),
        image.properties());
  }
}
