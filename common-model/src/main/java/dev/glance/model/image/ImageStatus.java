package dev.glance.model.image;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The life of an image. This enum is the one home of the status graph (API reference section 3.2);
 * the registry's statements name the statuses they start from, and a test of each holds them to
 * {@link #canBecome}.
 */
public enum ImageStatus {
  /** Registered, without data. */
  QUEUED,
  /** Data is being uploaded by {@code PUT /file}. */
  SAVING,
  /** Data is being staged by {@code PUT /stage}. */
  UPLOADING,
  /** Data is being fetched, converted or copied by an import. */
  IMPORTING,
  /** Data is there and can be downloaded. */
  ACTIVE,
  /** Data is there but withheld from everyone except admins. */
  DEACTIVATED,
  /** An upload failed for good; historic, never written any more. */
  KILLED,
  /** Deleted, with the data kept for a while. */
  PENDING_DELETE,
  /** Deleted. */
  DELETED;

  /** Whether an image of this status may take the status {@code next}. */
  public boolean canBecome(ImageStatus next) {
    return successors().contains(next);
  }

  /** Whether a client can see an image of this status at all. */
  public boolean isVisible() {
    return this != DELETED && this != PENDING_DELETE;
  }

  /** Whether the data of an image of this status is complete, whoever may read it. */
  public boolean isComplete() {
    return this == ACTIVE || this == DEACTIVATED;
  }

  private Set<ImageStatus> successors() {
    return switch (this) {
      case QUEUED -> EnumSet.of(SAVING, UPLOADING, IMPORTING, ACTIVE, DELETED);
      case SAVING -> EnumSet.of(ACTIVE, KILLED, DELETED, QUEUED);
      case UPLOADING -> EnumSet.of(IMPORTING, QUEUED, DELETED);
      case IMPORTING -> EnumSet.of(ACTIVE, DELETED, QUEUED);
      case ACTIVE -> EnumSet.of(PENDING_DELETE, DELETED, DEACTIVATED);
      case KILLED -> EnumSet.of(DELETED);
      case PENDING_DELETE -> EnumSet.of(DELETED, ACTIVE);
      case DEACTIVATED -> EnumSet.of(ACTIVE, DELETED);
      case DELETED -> EnumSet.noneOf(ImageStatus.class);
    };
  }

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
  public static ImageStatus of(String wireName) {
    for (ImageStatus status : values()) {
      if (status.wireName().equals(wireName)) {
        return status;
      }
    }
    throw new IllegalArgumentException("unknown image status '" + wireName + "'");
  }
}
