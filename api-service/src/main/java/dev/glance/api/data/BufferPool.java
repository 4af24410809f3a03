package dev.glance.api.data;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of all transfers of this process: a fixed number, made on first use and kept. Its
 * being empty is the back-pressure of every upload. Thread-safe.
 *
 * <p>Fair without a scheduler: one transfer never holds more than {@link #MOST_PER_SHARE}, the last
 * quarter of the pool goes only to those that hold fewer than {@link #LEAST_PER_SHARE}, and waiting
 * transfers are served in the order they came. No transfer needs a second buffer to give back its
 * first, so they cannot deadlock.
 */
final class BufferPool {
  /** Enough to keep reader, both digests and writer busy; more does not measure faster. */
  static final int MOST_PER_SHARE = 16;

  /** One being filled while another is hashed and written. */
  static final int LEAST_PER_SHARE = 2;

  private static final int PAGE_BYTES = 4 << 10;

  private final int buffers;
  private final Supplier<ByteBuffer> allocation;
  private final ArrayDeque<ByteBuffer> idle = new ArrayDeque<>();
  private final Queue<Waiter> waiters = new ArrayDeque<>();
  private int made;

  private record Waiter(Share share, Consumer<Chunk> receiver) {}

  /** A pool of {@code buffers} direct buffers of {@code bufferBytes} each, each in whole pages. */
  BufferPool(int buffers, int bufferBytes) {
    this(buffers, () -> pages(bufferBytes));
  }

  /** From such a buffer a disk takes the bytes itself. */
  private static ByteBuffer pages(int bytes) {
    ByteBuffer room = ByteBuffer.allocateDirect(bytes + PAGE_BYTES);
    return room.slice(-room.alignmentOffset(0, PAGE_BYTES) & (PAGE_BYTES - 1), bytes);
  }

  /** A pool of {@code buffers} that come from the supplier. */
  BufferPool(int buffers, Supplier<ByteBuffer> allocation) {
    if (buffers < LEAST_PER_SHARE) {
      throw new IllegalArgumentException("a transfer needs at least two buffers");
    }
    this.buffers = buffers;
    this.allocation = allocation;
  }

  /** One transfer's access. */
  Share share() {
    return new Share();
  }

  /** How many buffers nobody holds, those not made yet included. */
  synchronized int free() {
    return idle.size() + buffers - made;
  }

  private boolean mayTake(Share share) {
    return free() > 0
        && !share.isClosed
        && (share.held < LEAST_PER_SHARE || (share.held < MOST_PER_SHARE && free() > buffers / 4));
  }

  private Chunk give(Share share) {
    ByteBuffer buffer = idle.poll();
    if (buffer == null) {
      buffer = allocation.get();
      made++;
    }
    share.held++;
    return new Chunk(share, buffer);
  }

  /** One transfer's access to the pool. At most one request of it waits at a time. */
  final class Share implements AutoCloseable {
    private int held;
    private boolean isClosed;

    private Share() {}

    /**
     * Takes a buffer, or asks for one.
     *
     * @param receiver called once, later, from the thread that gave a buffer back, when null is
     *     returned; it must be quick, and release what it cannot use
     * @return an empty chunk, or null when there is none to be had now
     * @throws OutOfMemoryError when the JVM's memory for a new one is used up
     */
    @Nullable Chunk take(Consumer<Chunk> receiver) {
      synchronized (BufferPool.this) {
        if (mayTake(this)) {
          return give(this);
        }
        waiters.add(new Waiter(this, receiver));
        return null;
      }
    }

    /** Takes a buffer if there is one to be had now; else null. */
    @Nullable Chunk take() {
      synchronized (BufferPool.this) {
        return mayTake(this) ? give(this) : null;
      }
    }

    void giveBack(ByteBuffer buffer) {
      Waiter next = null;
      Chunk chunk = null;
      synchronized (BufferPool.this) {
        held--;
        idle.push(buffer);
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext() && chunk == null; ) {
          next = each.next();
          if (mayTake(next.share)) {
            each.remove();
            chunk = give(next.share);
          }
        }
      }
      if (chunk != null && next != null) {
        next.receiver.accept(chunk);
      }
    }

    /** Withdraws a waiting request; chunks still held come back as they are released. */
    @Override
    public void close() {
      synchronized (BufferPool.this) {
        isClosed = true;
        waiters.removeIf(waiter -> waiter.share == this);
      }
    }
  }
}
