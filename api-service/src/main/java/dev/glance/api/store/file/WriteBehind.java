package dev.glance.api.store.file;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Has a file written to the disk in steps while more of it arrives. Otherwise the kernel would keep
 * a gigabyte and more in the page cache, and the fsync at the end would wait for all of it, with
 * nothing left to compute meanwhile. Used by one thread at a time.
 */
final class WriteBehind {
  /**
   * How much is written before it is flushed: each flush is a commit of the file system's journal.
   */
  static final int STEP_BYTES = 64 << 20;

  /**
   * How much may wait for the flush under way: on a slow file system all of it would be in the last
   * flush otherwise, which then takes longer than any one call should.
   */
  static final int MOST_BYTES = 4 * STEP_BYTES;

  private final ExecutorService threads;
  private final Flush flush;
  private long unflushedBytes;
  private @Nullable Future<?> latest;

  /** Makes durable what the file holds. */
  interface Flush {
    void run() throws IOException;
  }

  /** A file's flushes, each on a thread of the executor and one at a time. */
  WriteBehind(ExecutorService threads, Flush flush) {
    this.threads = threads;
    this.flush = flush;
  }

  /**
   * Counts what was written, and starts a flush when there is enough of it and none is under way;
   * waits for that one when there is too much.
   *
   * @throws IOException what an earlier flush has met
   */
  void wrote(int bytes) throws IOException {
    unflushedBytes += bytes;
    boolean isFlushing = latest != null && !latest.isDone();
    if (unflushedBytes < STEP_BYTES || (isFlushing && unflushedBytes <= MOST_BYTES)) {
      return;
    }
    await();
    unflushedBytes = 0;
    latest =
        threads.submit(
            () -> {
              flush.run();
              return null;
            });
  }

  /**
   * Waits for the flush under way. The kernel tells of a failed write only once: a file whose flush
   * has failed here must not be published, although its next fsync would succeed.
   *
   * @throws IOException what any flush so far has met, each time this is called
   */
  void await() throws IOException {
    if (latest == null) {
      return;
    }
    try {
      latest.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (InterruptedException _) {
      // As the channel's own methods answer an interrupt.
      Thread.currentThread().interrupt();
      throw new ClosedByInterruptException();
    }
  }
}
