package dev.glance.model.error;

/**
 * The one table of errors: what each means and the HTTP status it is answered with. The registry
 * sends the name of the constant, and glance-api's client rebuilds the same exception from it.
 */
public enum ErrorCode {
  /** The request is malformed or breaks a rule that its sender can mend. */
  INVALID_REQUEST(400),
  /** The marker of a list names no image. */
  MARKER_NOT_FOUND(400),
  /** Fewer or more bytes arrived than were announced. */
  SIZE_MISMATCH(400),
  /** Who is calling is unknown. */
  UNAUTHENTICATED(401),
  /** The caller may see the thing but not do this to it. */
  FORBIDDEN(403),
  /** No such path, or nothing there that the caller may know of. */
  NOT_FOUND(404),
  /** No image with this id that the caller may know of. */
  IMAGE_NOT_FOUND(404),
  /** The path is known, the method is not. */
  METHOD_NOT_ALLOWED(405),
  /** An image with this id exists, or existed and was deleted. */
  IMAGE_EXISTS(409),
  /** The image's status does not allow this. */
  STATUS_CONFLICT(409),
  /** The image was changed since the version that an update was made for. */
  VERSION_CONFLICT(409),
  /** Something of this name is there already. */
  CONFLICT(409),
  /** The image was deleted, or another upload won, while this one was under way. */
  UPLOAD_GONE(410),
  /** The store that was asked for takes no uploads. */
  STORE_READ_ONLY(410),
  /** The image is not the one that the client's {@code If-Match} names. */
  PRECONDITION_FAILED(412),
  /** A quota or a size limit would be exceeded, or the store is full. */
  LIMIT_EXCEEDED(413),
  /**
   * The same, but what is missing is reserved ahead for uploads of unknown size, which may give it
   * back soon.
   */
  LIMIT_RESERVED(413),
  /** The Content-Type is not one that this route takes. */
  UNSUPPORTED_MEDIA_TYPE(415),
  /** The range asked for lies outside the image. */
  RANGE_NOT_SATISFIABLE(416),
  /** The request id that the client sent is too long. */
  REQUEST_ID_TOO_LONG(431),
  /** A fault of ours. */
  INTERNAL(500),
  /** The registry cannot be reached; try again. */
  REGISTRY_UNAVAILABLE(503),
  /** The store cannot be reached or refuses us; try again. */
  STORE_UNAVAILABLE(503),
  /** Who is calling cannot be found out now; try again. */
  IDENTITY_UNAVAILABLE(503);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }
}
