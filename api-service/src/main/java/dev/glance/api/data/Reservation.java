package dev.glance.api.data;

import dev.glance.api.store.StoreException;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.UploadsApi;
import dev.glance.model.registry.UploadsApi.UploadRenewal;
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
  /**
   * How long an upload waits for what others have reserved ahead and may give back, before it is
   * refused.
   */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Between two times of asking for it. */
  static final Duration PAUSE = Duration.ofMillis(250);

  private static final long STEP = UploadsApi.RESERVATION_STEP_BYTES;

  private final boolean isSizeKnown;
  private long received;
  // Nothing is limited until the registry says so.
  private long reserved = Long.MAX_VALUE;
  // The next bytes reach up to here; 0 unless the writer waits for room for them.
  private long needed;
  // Since when the writer waits, and when to ask on its behalf again.
  private long neededSince;
  private long askAt = System.nanoTime();
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
    while (true) {
      long now = System.nanoTime();
      if (demand != null && now - askAt >= 0) {
        return demand;
      }
      if (now - end >= 0) {
        return null;
      }
      TimeUnit.NANOSECONDS.timedWait(this, demand == null ? end - now : Math.min(end, askAt) - now);
    }
  }

  /** What the registry has reserved by now, which may be less than was asked for. */
  synchronized void answered(@Nullable Demand asked, UploadRenewal renewal) {
    Long granted = renewal.reservedBytes();
    reserved = Math.max(reserved, granted == null ? Long.MAX_VALUE : granted);
    if (asked != null) {
      boolean isShort = asked.needed > reserved;
      boolean isPatient = System.nanoTime() - neededSince < PATIENCE.toNanos();
      if (isShort && renewal.isMoreExpected() && isPatient) {
        askAt = System.nanoTime() + PAUSE.toNanos();
      } else if (isShort) {
        isRefused = true;
      }
      if (asked.equals(demand)) {
        demand = null;
      }
    }
    notifyAll();
  }

  @Override
  public synchronized void accept(ByteBuffer bytes) {
    needed = received + bytes.remaining();
    neededSince = System.nanoTime();
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
