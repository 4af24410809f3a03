package dev.glance.api.store;

import org.jspecify.annotations.Nullable;

/**
 * A fault of a storage backend, translated from its SDK by the backend's {@code XErrors}. Messages
 * hold no secret and no location URI; the cause may, and goes to the log only.
 */
public abstract sealed class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private StoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** There is nothing at that location. */
  public static final class NotFound extends StoreException {
    private static final long serialVersionUID = 1L;

    public NotFound(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The final name is taken. */
  public static final class AlreadyExists extends StoreException {
    private static final long serialVersionUID = 1L;

    public AlreadyExists(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** No room left. */
  public static final class Full extends StoreException {
    private static final long serialVersionUID = 1L;

    public Full(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The backend refuses us. */
  public static final class Denied extends StoreException {
    private static final long serialVersionUID = 1L;

    public Denied(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Others use what would have to go: it is open somewhere, or something depends on it. */
  public static final class InUse extends StoreException {
    private static final long serialVersionUID = 1L;

    public InUse(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The location is not one of this store's. */
  public static final class BadLocation extends StoreException {
    private static final long serialVersionUID = 1L;

    public BadLocation(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The store lacks the {@link StoreInfo.Capability}. */
  public static final class Unsupported extends StoreException {
    private static final long serialVersionUID = 1L;

    public Unsupported(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The backend cannot be reached or is failing. */
  public static final class Unavailable extends StoreException {
    private static final long serialVersionUID = 1L;

    public Unavailable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** The upload or read was cancelled. */
  public static final class Cancelled extends StoreException {
    private static final long serialVersionUID = 1L;

    public Cancelled(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
