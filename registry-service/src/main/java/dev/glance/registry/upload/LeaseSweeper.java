package dev.glance.registry.upload;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jboss.logging.Logger;

/**
 * Takes images of dead writers back to {@code queued}. Any number of registries may sweep at once.
 */
@ApplicationScoped
public class LeaseSweeper {
  private static final Logger LOG = Logger.getLogger(LeaseSweeper.class);

  private final UploadRepository uploads;
  private volatile boolean wasDatabaseAway;

  LeaseSweeper(UploadRepository uploads) {
    this.uploads = uploads;
  }

  void extendOnStart(@Observes StartupEvent start) {
    int extended = uploads.extendAll();
    if (extended > 0) {
      LOG.infof("Leases of running uploads extended: uploads=%d", extended);
    }
  }

  /** Runs by itself; one sweep at a time. */
  @Scheduled(every = "2s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  @RunOnVirtualThread
  void sweepInTurn() {
    try {
      if (wasDatabaseAway) {
        // No writer could beat meanwhile, which must not be held against them.
        uploads.extendAll();
        wasDatabaseAway = false;
      }
      sweep();
    } catch (RuntimeException e) {
      wasDatabaseAway = true;
      LOG.warnf("Sweep failed, next try in 2 s: cause=%s", e.getMessage());
    }
  }

  /** Gives up every upload whose lease has expired. */
  public void sweep() {
    for (UploadEntity upload : uploads.expire()) {
      LOG.warnf(
          "Lease expired, image queued again: image=%s upload=%s worker=%s store=%s",
          upload.shownImageId, upload.uploadId, upload.worker, upload.store);
    }
  }
}
