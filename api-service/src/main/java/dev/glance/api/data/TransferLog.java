package dev.glance.api.data;

import java.time.Duration;
import org.jboss.logging.Logger;

/** One line for each finished transfer, in either direction. */
final class TransferLog {
  private static final Logger LOG = Logger.getLogger(TransferLog.class);

  private final String direction;
  private final String imageId;
  private final String store;
  private final long start = System.nanoTime();

  /** A transfer that begins now; {@code direction} is {@code upload} or {@code download}. */
  TransferLog(String direction, String imageId, String store) {
    this.direction = direction;
    this.imageId = imageId;
    this.store = store;
  }

  /** Writes the line; the outcome is a word or a reason. */
  void finished(long bytes, String outcome) {
    LOG.infof(
        "%s finished: image=%s store=%s bytes=%d millis=%d outcome=%s",
        direction,
        imageId,
        store,
        bytes,
        Duration.ofNanos(System.nanoTime() - start).toMillis(),
        outcome);
  }
}
