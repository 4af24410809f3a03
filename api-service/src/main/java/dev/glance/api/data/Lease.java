package dev.glance.api.data;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.UploadsApi;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * Keeps an upload's lease by a heartbeat every second, so that an uploader learns within two that
 * its image was deleted. A registry that cannot be reached is no reason to stop while the lease
 * holds by this process's clock.
 */
final class Lease implements AutoCloseable {
  /** How often the registry hears of an upload. */
  private static final Duration BEAT = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(Lease.class);

  private final UploadsApi uploads;
  private final UploadLease lease;
  private final Transfer transfer;
  private final AtomicLong lastRenewal;
  private final Thread thread;
  private volatile boolean isClosed;

  /**
   * Starts beating.
   *
   * @param grantedAt {@link System#nanoTime} from before the lease was asked for
   * @param transfer is cancelled when the lease is lost
   */
  Lease(UploadsApi uploads, UploadLease lease, long grantedAt, Transfer transfer) {
    this.uploads = uploads;
    this.lease = lease;
    this.transfer = transfer;
    this.lastRenewal = new AtomicLong(grantedAt);
    this.thread =
        Thread.ofVirtual().name("lease-" + lease.key().uploadId()).start(this::keepBeating);
  }

  /** Whether no other upload of this image can have begun, by this process's clock. */
  boolean isHeld() {
    return Duration.ofNanos(System.nanoTime() - lastRenewal.get()).toMillis() < lease.leaseMillis();
  }

  private void keepBeating() {
    try {
      do {
        Thread.sleep(BEAT);
      } while (!isClosed && beat());
    } catch (InterruptedException _) {
      // Closed: the upload has ended.
    }
  }

  /** Whether to go on. */
  private boolean beat() {
    long start = System.nanoTime();
    try {
      uploads.heartbeat(lease.key().uploadId(), new UploadProgress(transfer.bytes()));
      lastRenewal.set(start);
      return true;
    } catch (GlanceException e) {
      if (e.code() != ErrorCode.REGISTRY_UNAVAILABLE) {
        transfer.cancel(e);
        return false;
      }
      return stillHeld(e);
    } catch (RuntimeException e) {
      return stillHeld(e);
    }
  }

  private boolean stillHeld(RuntimeException e) {
    LOG.debugf("heartbeat of upload %s failed: %s", lease.key().uploadId(), e);
    if (isHeld()) {
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
