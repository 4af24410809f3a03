package dev.glance.api.data;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.Upload;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The one loop that moves bytes into a store: take a chunk, hand it to the digests, show it to each
 * listener, write it, count it. The source fills chunks on one thread, the digests work on two
 * more, {@link #run} writes on its caller's; a chunk is back in the pool when all are done with it,
 * and the pool's being empty is the back-pressure.
 */
final class Transfer {
  private final ChunkSource source;
  private final Digests digests;
  private final List<TransferListener> listeners;
  private final AtomicLong bytes = new AtomicLong();
  private @Nullable Thread runner;
  private @Nullable RuntimeException cancelledBy;

  Transfer(ChunkSource source, Digests digests, List<TransferListener> listeners) {
    this.source = source;
    this.digests = digests;
    this.listeners = List.copyOf(listeners);
  }

  /** How many bytes were written so far. */
  long bytes() {
    return bytes.get();
  }

  /**
   * Moves everything, until the source ends. The digests may still be at work then; the upload is
   * not committed.
   *
   * @throws RuntimeException what the source, a listener, the store or {@link #cancel} threw
   */
  void run(Upload upload) {
    begin();
    try {
      for (Chunk chunk = source.next(); chunk != null; chunk = source.next()) {
        move(chunk, upload);
      }
    } catch (InterruptedException e) {
      throw new StoreException.Cancelled("the transfer was interrupted", e);
    } finally {
      end();
    }
  }

  private void move(Chunk chunk, Upload upload) {
    try {
      digests.update(chunk);
      for (TransferListener listener : listeners) {
        listener.accept(chunk.bytes());
      }
      upload.write(chunk.bytes());
      bytes.addAndGet(chunk.size());
    } finally {
      chunk.release();
    }
  }

  /**
   * Makes {@link #run} stop and throw the cause, wherever it is: waiting for bytes, or in a store's
   * write, which an interrupt ends. Does nothing once it has returned.
   */
  synchronized void cancel(RuntimeException cause) {
    if (cancelledBy == null) {
      cancelledBy = cause;
    }
    if (runner != null) {
      runner.interrupt();
    }
  }

  private synchronized void begin() {
    if (cancelledBy != null) {
      throw cancelledBy;
    }
    runner = Thread.currentThread();
  }

  /** After this no interrupt arrives any more, so that the clean-up is not interrupted. */
  private synchronized void end() {
    runner = null;
    boolean _ = Thread.interrupted();
    if (cancelledBy != null) {
      throw cancelledBy;
    }
  }
}
