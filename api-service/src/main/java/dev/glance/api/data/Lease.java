package dev.glance.api.data;

import dev.glance.api.data.Reservation.Demand;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import dev.glance.model.registry.UploadsApi.UploadRenewal;
import dev.glance.model.registry.UploadsApi.WantedBytes;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an upload's lease by a heartbeat every second, so that an uploader learns within two that
 * its image was deleted; at once if the {@link Reservation} is running out. A registry that cannot
 * be reached is no reason to stop while the lease holds by this process's clock.
 */
final class Lease implements AutoCloseable {
  /** How often the registry hears of an upload. */
  private static final Duration BEAT = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(Lease.class);

  private final BiFunction<String, UploadProgress, UploadRenewal> heartbeat;
  private final UploadLease lease;
  private final Transfer transfer;
  private final Reservation reservation;
  private final Supplier<Limits> limits;
  private final AtomicLong lastRenewal;
  private final Thread thread;
  private volatile boolean isClosed;

  /**
   * Starts beating.
   *
   * @param heartbeat the registry's call, of an upload by its id
   * @param grantedAt {@link System#nanoTime} from before the lease was asked for
   * @param transfer is cancelled when the lease is lost
   * @param limits those in force at the moment of asking
   */
  Lease(
      BiFunction<String, UploadProgress, UploadRenewal> heartbeat,
      UploadLease lease,
      long grantedAt,
      Transfer transfer,
      Reservation reservation,
      Supplier<Limits> limits) {
    this.heartbeat = heartbeat;
    this.lease = lease;
    this.transfer = transfer;
    this.reservation = reservation;
    this.limits = limits;
    this.lastRenewal = new AtomicLong(grantedAt);
    this.thread =
        Thread.ofVirtual().name("lease-" + lease.key().uploadId()).start(this::keepBeating);
  }

  /** How long the registry waits for a heartbeat. */
  Duration length() {
    return Duration.ofMillis(lease.leaseMillis());
  }

  /** Whether no other upload of this image can have begun, by this process's clock. */
  boolean isHeld() {
    return System.nanoTime() - lastRenewal.get() < length().toNanos();
  }

  private void keepBeating() {
    try {
      Demand demand;
      do {
        demand = reservation.awaitDemand(BEAT);
      } while (!isClosed && beat(demand));
    } catch (InterruptedException _) {
      // Closed: the upload has ended.
    }
  }

  /** Whether to go on. */
  private boolean beat(@Nullable Demand demand) throws InterruptedException {
    long start = System.nanoTime();
    try {
      WantedBytes wanted =
          demand == null ? null : new WantedBytes(demand.totalBytes(), limits.get());
      UploadRenewal renewal =
          heartbeat.apply(lease.key().uploadId(), new UploadProgress(transfer.bytes(), wanted));
      lastRenewal.set(start);
      reservation.answered(demand, renewal);
      return true;
    } catch (GlanceException e) {
      // The registry's, or that of the service which keeps the limits.
      if (e.code().status() != ErrorCode.REGISTRY_UNAVAILABLE.status()) {
        transfer.cancel(e);
        return false;
      }
      return stillHeld(demand, e);
    } catch (RuntimeException e) {
      return stillHeld(demand, e);
    }
  }

  private boolean stillHeld(@Nullable Demand demand, RuntimeException e)
      throws InterruptedException {
    LOG.debugf("heartbeat of upload %s failed: %s", lease.key().uploadId(), e);
    if (isHeld()) {
      if (demand != null) {
        // The demand stands, so that nothing else would make the next attempt wait.
        Thread.sleep(BEAT);
      }
      return true;
    }
    transfer.cancel(
        new GlanceException(
            ErrorCode.REGISTRY_UNAVAILABLE,
            "The image registry was out of reach for too long. Try again.",
            e));
    return false;
  }

  /** Stops beating. */
  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
  }
}
