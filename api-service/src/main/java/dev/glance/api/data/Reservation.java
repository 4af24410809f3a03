package dev.glance.api.data;

import dev.glance.api.store.StoreException;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.UploadsApi;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds a transfer to what the registry has reserved for it: no byte is written past that. More is
 * asked for when half a step is left, so that the writer need not wait; it waits only if the bytes
 * come faster than the answer. The writer uses {@link #accept}, the {@link Lease} the rest.
 */
final class Reservation implements TransferListener {
  private static final long STEP = UploadsApi.RESERVATION_STEP_BYTES;

  private final boolean isSizeKnown;
  private long received;
  // Nothing is limited until the registry says so.
  private long reserved = Long.MAX_VALUE;
  // The next bytes reach up to here; 0 unless the writer waits for room for them.
  private long needed;
  // Whether the registry has no room for what is needed.
  private boolean isRefused;
  private @Nullable Demand demand;
  // The most that was asked for ahead, so that a "no" is not asked for again with each chunk.
  private long askedAhead;

  /**
   * What to ask the registry for.
   *
   * @param totalBytes from the first byte on
   * @param needed what the writer waits for, or 0 when it does not wait
   */
  record Demand(long totalBytes, long needed) {}

  /** With a size that is known, all of it is reserved before the first byte. */
  Reservation(boolean isSizeKnown) {
    this.isSizeKnown = isSizeKnown;
  }

  /** Before the first byte: what was reserved, or null for no limit. */
  synchronized void open(@Nullable Long reservedBytes) {
    reserved = reservedBytes == null ? Long.MAX_VALUE : reservedBytes;
  }

  /**
   * Waits until there is something to ask for, or the time is over; then null.
   *
   * @throws InterruptedException when the upload has ended
   */
  synchronized @Nullable Demand awaitDemand(Duration timeout) throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    for (long left = timeout.toNanos();
        demand == null && left > 0;
        left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return demand;
  }

  /** What the registry has reserved by now, which may be less than was asked for. */
  synchronized void answered(@Nullable Demand asked, @Nullable Long reservedBytes) {
    reserved = Math.max(reserved, reservedBytes == null ? Long.MAX_VALUE : reservedBytes);
    if (asked != null) {
      isRefused = asked.needed > reserved;
      if (asked.equals(demand)) {
        demand = null;
      }
    }
    notifyAll();
  }

  @Override
  public synchronized void accept(ByteBuffer bytes) {
    needed = received + bytes.remaining();
    try {
      while (needed > reserved) {
        if (isRefused) {
          throw new GlanceException(
              ErrorCode.LIMIT_EXCEEDED,
              "The storage quota is used up: no room for more than the "
                  + received
                  + " bytes received so far.");
        }
        demand(Math.max(needed, next()));
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Cancelled("the transfer was interrupted", e);
    }
    received = needed;
    needed = 0;
    if (!isSizeKnown && reserved - received < STEP / 2 && next() > askedAhead) {
      askedAhead = next();
      demand(askedAhead);
    }
  }

  private void demand(long totalBytes) {
    demand = new Demand(totalBytes, needed);
    notifyAll();
  }

  private long next() {
    return reserved > Long.MAX_VALUE - STEP ? Long.MAX_VALUE : reserved + STEP;
  }
}
