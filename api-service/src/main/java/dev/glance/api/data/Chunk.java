package dev.glance.api.data;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A pooled buffer with a stretch of an image, shared by the threads that look at it. It goes back
 * to the pool when its last holder releases it; whoever receives a chunk holds it once.
 */
final class Chunk {
  private final BufferPool.Share share;
  private final ByteBuffer buffer;
  private final AtomicInteger holders = new AtomicInteger(1);

  Chunk(BufferPool.Share share, ByteBuffer buffer) {
    this.share = share;
    this.buffer = buffer.clear();
  }

  /** Where the source puts bytes, before it hands the chunk on; not touched after. */
  ByteBuffer space() {
    return buffer;
  }

  /** The bytes, for one reader: each call gives a view with its own position. */
  ByteBuffer bytes() {
    return buffer.asReadOnlyBuffer().flip();
  }

  /** How many bytes there are. */
  int size() {
    return buffer.position();
  }

  /** Adds a holder, who must {@link #release}. */
  Chunk hold() {
    holders.incrementAndGet();
    return this;
  }

  void release() {
    int left = holders.decrementAndGet();
    if (left == 0) {
      share.giveBack(buffer);
    } else if (left < 0) {
      throw new IllegalStateException("released more often than held");
    }
  }
}
