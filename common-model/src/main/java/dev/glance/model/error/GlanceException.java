package dev.glance.model.error;

import org.jspecify.annotations.Nullable;

/**
 * A refusal with a code and a sentence for the client. Thrown by features, turned into HTTP by the
 * error mappers only. The message names the thing and the reason, never a secret.
 */
public final class GlanceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public GlanceException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public GlanceException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** Which error. */
  public ErrorCode code() {
    return code;
  }

  /** The sentence for the client. */
  public String message() {
    String message = getMessage();
    return message == null ? code.name() : message;
  }

  /** 404: no such image, or one that the caller may not know of. */
  public static GlanceException imageNotFound(String id) {
    return imageNotFound(id, null);
  }

  /** 404: as if there were no such image, because of a refusal that would tell that there is. */
  public static GlanceException imageNotFound(String id, @Nullable GlanceException refusal) {
    return new GlanceException(ErrorCode.IMAGE_NOT_FOUND, "No image found with ID " + id, refusal);
  }

  /** 409: the id was used before. */
  public static GlanceException imageExists(String id) {
    return new GlanceException(ErrorCode.IMAGE_EXISTS, "Image ID " + id + " already exists!");
  }

  /** 400: the request breaks a rule that its sender can mend. */
  public static GlanceException invalid(String message) {
    return new GlanceException(ErrorCode.INVALID_REQUEST, message);
  }

  /** 403: visible, but not allowed. */
  public static GlanceException forbidden(String message) {
    return new GlanceException(ErrorCode.FORBIDDEN, message);
  }

  /** 409: the image is in a status that does not allow this. */
  public static GlanceException statusConflict(String message) {
    return new GlanceException(ErrorCode.STATUS_CONFLICT, message);
  }

  /** 410: this upload has lost its image. */
  public static GlanceException uploadGone(String message) {
    return new GlanceException(ErrorCode.UPLOAD_GONE, message);
  }
}
