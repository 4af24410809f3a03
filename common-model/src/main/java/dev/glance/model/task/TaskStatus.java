package dev.glance.model.task;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The life of a task (API reference section 2.17). */
public enum TaskStatus {
  /** Waits. */
  PENDING,
  /** Is being done. */
  PROCESSING,
  /** Was done. */
  SUCCESS,
  /** Came to nothing. */
  FAILURE;

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
  public static TaskStatus of(String wireName) {
    for (TaskStatus status : values()) {
      if (status.wireName().equals(wireName)) {
        return status;
      }
    }
    throw new IllegalArgumentException("unknown task status '" + wireName + "'");
  }
}
