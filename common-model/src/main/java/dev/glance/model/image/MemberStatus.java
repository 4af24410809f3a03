package dev.glance.model.image;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * What a project says of an image that is shared with it (API reference section 2.12). Any status
 * may follow any other.
 */
public enum MemberStatus {
  /** Nothing yet: the image can be used by its id, and is not in the project's list. */
  PENDING,
  /** The image is in the project's list. */
  ACCEPTED,
  /** Not wanted: as {@link #PENDING}. */
  REJECTED;

  /** The name on the wire and in the database: lower case. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a wire name.
   *
   * @throws IllegalArgumentException when there is no such status
   */
  @JsonCreator
  public static MemberStatus of(String wireName) {
    for (MemberStatus status : values()) {
      if (status.wireName().equals(wireName)) {
        return status;
      }
    }
    throw new IllegalArgumentException("unknown member status '" + wireName + "'");
  }
}
