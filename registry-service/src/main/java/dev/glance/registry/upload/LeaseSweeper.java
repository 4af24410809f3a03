package dev.glance.registry.upload;

import dev.glance.registry.database.DatabaseErrors;
import io.micrometer.core.instrument.Metrics;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import org.jboss.logging.Logger;

/**
 * Takes images of dead writers back to {@code queued}, and gives up what they copied. Any number of
 * registries may sweep at once.
 */
@ApplicationScoped
public class LeaseSweeper {
  private static final Logger LOG = Logger.getLogger(LeaseSweeper.class);

  private final UploadRepository uploads;
  // Before the start nobody could beat either.
  private volatile boolean wasAway = true;

  LeaseSweeper(UploadRepository uploads) {
    this.uploads = uploads;
  }

  /** Runs by itself; one sweep at a time. */
  @Scheduled(every = "2s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  void sweepInTurn() {
    try {
      if (wasAway) {
        // No writer could beat meanwhile, which must not be held against them.
        int extended = uploads.extendAll();
        wasAway = false;
        if (extended > 0) {
          LOG.infof("Leases of running uploads extended: uploads=%d", extended);
        }
      }
      sweep();
    } catch (RuntimeException e) {
      // Only then: another failure that stays would extend the leases of dead writers for ever.
      wasAway = wasAway || DatabaseErrors.isUnavailable(e);
      LOG.warnf("Sweep failed, next try in 2 s: cause=%s", e.getMessage());
    }
  }

  /** Gives up every upload whose lease has expired. */
  public void sweep() {
    for (UploadEntity upload : uploads.expire()) {
      Metrics.counter("glance.uploads", "outcome", "expired").increment();
      LOG.warnf(
          "Lease expired, upload or copy given up: image=%s upload=%s worker=%s store=%s",
          upload.shownImageId, upload.uploadId, upload.worker, upload.store);
    }
  }
}
