package dev.glance.model.image;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Who may see an image (API reference section 3.3). */
public enum Visibility {
  /** Everyone, and in everyone's list. */
  PUBLIC,
  /** The owner project only. */
  PRIVATE,
  /** The owner project and the image's members. */
  SHARED,
  /** Everyone who knows the id; in lists only on request. */
  COMMUNITY;

  /** The name on the wire and in the database: lower case. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a wire name.
   *
   * @throws IllegalArgumentException when there is no such visibility
   */
  @JsonCreator
  public static Visibility of(String wireName) {
    for (Visibility visibility : values()) {
      if (visibility.wireName().equals(wireName)) {
        return visibility;
      }
    }
    throw new IllegalArgumentException("unknown visibility '" + wireName + "'");
  }
}
