package dev.glance.api.store.file;

import dev.glance.api.store.StoreException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * Translates what the operating system says. Where Java has no exception type of its own for an
 * error number, only its text is left, so the texts of glibc and musl are listed here.
 */
final class FileErrors {
  private FileErrors() {}

  /** The store's word for an I/O fault, while doing what {@code doing} names ("writing"). */
  static StoreException translate(String store, String doing, IOException e) {
    String prefix = "store " + store + ": " + doing + " failed: ";
    String reason = reason(e);
    return switch (e) {
      case NoSuchFileException _ -> new StoreException.NotFound(prefix + "no such file", e);
      case FileAlreadyExistsException _ ->
          new StoreException.AlreadyExists(prefix + "the name is taken", e);
      case AccessDeniedException _ -> new StoreException.Denied(prefix + "permission denied", e);
      // Interrupting a writer closes its channel: that is how a transfer is cancelled.
      case ClosedChannelException _ -> new StoreException.Cancelled(prefix + "cancelled", e);
      default ->
          switch (kind(reason)) {
            case FULL -> new StoreException.Full(prefix + "no space left", e);
            case DENIED -> new StoreException.Denied(prefix + reason, e);
            case OTHER -> new StoreException.Unavailable(prefix + reason, e);
          };
    };
  }

  private enum Kind {
    FULL,
    DENIED,
    OTHER
  }

  private static Kind kind(String reason) {
    return switch (reason) {
      case "No space left on device", // ENOSPC
          "Disk quota exceeded", // EDQUOT, glibc
          "Quota exceeded", // EDQUOT, musl
          "File too large" -> // EFBIG
          Kind.FULL;
      case "Read-only file system", // EROFS
          "Permission denied", // EACCES
          "Operation not permitted" -> // EPERM
          Kind.DENIED;
      default -> Kind.OTHER;
    };
  }

  /** The bare text of the error, without the path that {@link FileSystemException} puts before. */
  private static String reason(IOException e) {
    @Nullable String reason =
        e instanceof FileSystemException onPath ? onPath.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }
}
