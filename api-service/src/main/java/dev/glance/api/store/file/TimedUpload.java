package dev.glance.api.store.file;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * An upload whose every step is one of {@link TimedCalls}. A step that has not come back in time
 * keeps the file to itself; when it does, the upload is thrown away, by the thread that hung.
 */
final class TimedUpload implements Upload {
  private static final Logger LOG = Logger.getLogger(TimedUpload.class);

  private final TimedCalls calls;
  private final Upload upload;
  private final Runnable beforeCommit;
  private long written;
  private @Nullable CompletableFuture<?> latest;

  /**
   * Takes over an upload.
   *
   * @param beforeCommit throws when the image must not be published
   */
  TimedUpload(TimedCalls calls, Upload upload, Runnable beforeCommit) {
    this.calls = calls;
    this.upload = upload;
    this.beforeCommit = beforeCommit;
  }

  @Override
  public void write(ByteBuffer bytes) {
    ByteBuffer view = bytes.duplicate();
    run(
        () -> {
          upload.write(view);
          return true;
        });
    written += bytes.remaining();
    bytes.position(bytes.limit());
  }

  @Override
  public long written() {
    return written;
  }

  @Override
  public StoreLocation commit() {
    beforeCommit.run();
    return run(upload::commit);
  }

  @Override
  public void close() {
    // What cancelled the upload must not end its clean-up.
    boolean wasInterrupted = Thread.interrupted();
    try {
      CompletableFuture<?> pending = latest;
      if (pending != null && !isOver(pending)) {
        calls.after(pending, this::closeLate);
        throw calls.away();
      }
      run(
          () -> {
            upload.close();
            return true;
          });
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Waits for the end of a call that somebody else has stopped to wait for. */
  private boolean isOver(CompletableFuture<?> pending) {
    if (!pending.isDone() && !calls.isAway()) {
      try {
        calls.await(pending);
      } catch (IOException | StoreException _) {
        // Its failure was told, or nobody asked for it any more.
      }
    }
    return pending.isDone();
  }

  private void closeLate() {
    try {
      upload.close();
    } catch (StoreException e) {
      LOG.warnf("an upload that hung could not be thrown away: %s", e.getMessage());
    }
  }

  private <T> T run(TimedCalls.Call<T> step) {
    CompletableFuture<?> pending = latest;
    if (pending != null && !pending.isDone()) {
      throw calls.away();
    }
    CompletableFuture<T> answer = calls.start(step);
    latest = answer;
    try {
      return calls.await(answer);
    } catch (IOException e) {
      throw new IllegalStateException("an upload throws StoreException only", e);
    }
  }
}
