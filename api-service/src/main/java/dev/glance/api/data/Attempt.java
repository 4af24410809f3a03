package dev.glance.api.data;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.registry.UploadKey;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * How one attempt to put bytes into a store ends, whether they came from a client or from another
 * store: the registry knows of all of them, or the store has none.
 *
 * @param abort tells the registry that an upload, by its id, is given up
 */
record Attempt(Store store, UploadKey key, BiConsumer<String, UploadFailure> abort) {
  private static final Logger LOG = Logger.getLogger(Attempt.class);

  /** Between two tries to tell the registry of an upload that is complete. */
  private static final Duration COMMIT_RETRY = Duration.ofMillis(500);

  /**
   * Makes stored bytes visible. While the lease holds, and for no longer than a lease, a registry
   * that gives no definite answer is asked again: the call may be repeated. The lease alone is no
   * end: heartbeats may arrive where commits do not. After such a try nobody here can know whether
   * it arrived, so the bytes stay whatever comes next: the registry, which knows, keeps an image
   * that is active, and has the bytes of one that is not discarded.
   */
  Image commit(Lease lease, Supplier<Image> call) {
    boolean isUnknown = false;
    long end = System.nanoTime() + lease.length().toNanos();
    while (true) {
      RuntimeException failure;
      try {
        return call.get();
      } catch (GlanceException e) {
        if (e.code() != ErrorCode.REGISTRY_UNAVAILABLE) {
          if (isUnknown) {
            abort(new UploadFailure(false, e.toString()));
          } else {
            giveUp(e);
          }
          throw e;
        }
        failure = e;
      } catch (RuntimeException e) {
        failure = e;
      }
      isUnknown = true;
      if (!lease.isHeld() || System.nanoTime() - end >= 0 || !pause(COMMIT_RETRY)) {
        abort(new UploadFailure(false, failure.toString()));
        throw new GlanceException(
            ErrorCode.REGISTRY_UNAVAILABLE,
            "The data was stored, but the image registry could not be told of it.",
            failure);
      }
    }
  }

  /** False when the process is stopping. */
  static boolean pause(Duration length) {
    try {
      Thread.sleep(length);
      return true;
    } catch (InterruptedException _) {
      return false;
    }
  }

  /** Nothing stays in the store. The cause stays the cause, whatever fails here on top of it. */
  void giveUp(Throwable cause) {
    // What interrupted the upload must not interrupt its clean-up.
    boolean _ = Thread.interrupted();
    boolean isDiscarded = cause.getSuppressed().length == 0;
    // Where the final name was taken, it is another's and not ours to discard.
    boolean isNameTaken = cause instanceof StoreException.AlreadyExists;
    if (!isNameTaken) {
      try {
        store.discard(key);
        isDiscarded = true;
      } catch (RuntimeException e) {
        isDiscarded = false;
        cause.addSuppressed(e);
      }
    }
    abort(new UploadFailure(isDiscarded, isNameTaken, cause.toString()));
  }

  private void abort(UploadFailure failure) {
    abort(abort, key.uploadId(), failure);
  }

  /** Tells the registry; what it does not learn now it learns when the lease runs out. */
  static void abort(
      BiConsumer<String, UploadFailure> abort, String uploadId, UploadFailure failure) {
    try {
      abort.accept(uploadId, failure);
    } catch (RuntimeException e) {
      LOG.warnf(
          "upload %s was given up, and the registry will learn it when the lease runs out: %s",
          uploadId, e);
    }
  }
}
