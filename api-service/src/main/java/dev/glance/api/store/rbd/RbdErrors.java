package dev.glance.api.store.rbd;

import dev.glance.api.store.StoreException;
import java.util.Map;
import java.util.Objects;

/** Translates the errno values that librados and librbd return. */
final class RbdErrors {
  private static final Map<Long, String> NAMES =
      Map.ofEntries(
          Map.entry(1L, "EPERM"),
          Map.entry(2L, "ENOENT"),
          Map.entry(5L, "EIO"),
          Map.entry(13L, "EACCES"),
          Map.entry(16L, "EBUSY"),
          Map.entry(17L, "EEXIST"),
          Map.entry(22L, "EINVAL"),
          Map.entry(28L, "ENOSPC"),
          Map.entry(30L, "EROFS"),
          Map.entry(39L, "ENOTEMPTY"),
          Map.entry(95L, "EOPNOTSUPP"),
          Map.entry(108L, "ESHUTDOWN"),
          Map.entry(110L, "ETIMEDOUT"),
          Map.entry(122L, "EDQUOT"));

  private RbdErrors() {}

  /** The store's word for a negative errno. */
  static StoreException of(String store, String doing, long errno) {
    String name = Objects.requireNonNullElse(NAMES.get(-errno), "error " + -errno);
    String message = "store " + store + ": Ceph answered " + name + " to " + doing;
    return switch ((int) -errno) {
      case 2 -> new StoreException.NotFound(message, null);
      case 17 -> new StoreException.AlreadyExists(message, null);
      case 1, 13, 30 -> new StoreException.Denied(message, null);
      case 16, 39 -> new StoreException.InUse(message, null);
      // A full cluster, a full pool's quota.
      case 28, 122 -> new StoreException.Full(message, null);
      default -> new StoreException.Unavailable(message, null);
    };
  }

  static StoreException cancelled(String store, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new StoreException.Cancelled("store " + store + ": cancelled", e);
  }
}
