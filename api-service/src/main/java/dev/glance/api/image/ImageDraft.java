package dev.glance.api.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.Visibility;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a user may write of an image, while a request is changing it. Values are set by their wire
 * names and were checked by {@link ImageSchema} before.
 */
final class ImageDraft {
  private @Nullable String name;
  private Visibility visibility = Visibility.SHARED;
  private boolean isProtected;
  private boolean isHidden;
  private @Nullable String owner;
  private List<String> tags = List.of();
  private int minDisk;
  private int minRam;
  private @Nullable String containerFormat;
  private @Nullable String diskFormat;
  private final Map<String, String> properties = new HashMap<>();

  private ImageDraft() {}

  /** A new image of this project: everything else at its default. */
  static ImageDraft of(@Nullable String owner) {
    ImageDraft draft = new ImageDraft();
    draft.owner = owner;
    return draft;
  }

  /** A copy of what an image has. */
  static ImageDraft of(Image image) {
    ImageDraft draft = of(image.owner());
    draft.name = image.name();
    draft.visibility = image.visibility();
    draft.isProtected = image.isProtected();
    draft.isHidden = image.isHidden();
    draft.tags = image.tags();
    draft.minDisk = image.minDisk();
    draft.minRam = image.minRam();
    draft.containerFormat = image.containerFormat();
    draft.diskFormat = image.diskFormat();
    draft.properties.putAll(image.properties());
    return draft;
  }

  /** Sets a base property or a custom one. */
  void set(String property, JsonNode value) {
    switch (property) {
      case "name" -> name = text(value);
      case "visibility" -> visibility = Visibility.of(value.textValue());
      case "protected" -> isProtected = value.booleanValue();
      case "os_hidden" -> isHidden = value.booleanValue();
      case "owner" -> owner = text(value);
      case "tags" -> tags = texts(value);
      case "min_disk" -> minDisk = value.intValue();
      case "min_ram" -> minRam = value.intValue();
      case "container_format" -> containerFormat = text(value);
      case "disk_format" -> diskFormat = text(value);
      default -> properties.put(property, custom(value));
    }
  }

  void setTags(List<String> tags) {
    this.tags = tags;
  }

  /** Whether there is a custom property of this name. */
  boolean has(String property) {
    return properties.containsKey(property);
  }

  /** Removes a custom property. */
  void remove(String property) {
    properties.remove(property);
  }

  ImageAttributes toAttributes() {
    return new ImageAttributes(
        name,
        visibility,
        isProtected,
        isHidden,
        owner,
        tags,
        minDisk,
        minRam,
        containerFormat,
        diskFormat,
        properties);
  }

  /**
   * Custom properties are kept as text, whatever an operator's schema lets them be: null is kept as
   * an empty string.
   */
  private static String custom(JsonNode value) {
    if (value.isNull()) {
      return "";
    }
    return value.isTextual() ? value.textValue() : value.toString();
  }

  private static @Nullable String text(JsonNode value) {
    return value.isNull() ? null : value.textValue();
  }

  private static List<String> texts(JsonNode values) {
    List<String> texts = new ArrayList<>(values.size());
    values.forEach(value -> texts.add(value.textValue()));
    return texts;
  }
}
