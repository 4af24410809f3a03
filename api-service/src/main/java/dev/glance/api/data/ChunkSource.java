package dev.glance.api.data;

import org.jspecify.annotations.Nullable;

/** Where a transfer's bytes come from. Used by one thread. */
interface ChunkSource {
  /** Lets the sender send; called once, when everything is ready for its bytes. */
  void start();

  /**
   * Waits for the next bytes.
   *
   * @return a chunk for the caller to release, or null at the end
   * @throws dev.glance.model.error.GlanceException when the sender is gone or silent for too long
   * @throws InterruptedException when the transfer was cancelled
   */
  @Nullable Chunk next() throws InterruptedException;
}
