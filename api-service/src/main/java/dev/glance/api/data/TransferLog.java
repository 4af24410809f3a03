package dev.glance.api.data;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * One line for each finished transfer, in either direction, and its place in the metrics: {@code
 * glance_transfer_seconds} and {@code glance_transfer_bytes}, by direction, store and outcome.
 */
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

  /** All bytes are where they should be; the word says what has become of them. */
  void finished(long bytes, String word) {
    write(bytes, word, "finished");
  }

  /** It ended early, after so many bytes. */
  void failed(long bytes, Throwable reason) {
    write(bytes, reason.toString(), "failed");
  }

  private void write(long bytes, String word, String outcome) {
    long nanos = System.nanoTime() - start;
    Tags tags = Tags.of("direction", direction, "store", store, "outcome", outcome);
    Metrics.timer("glance.transfer", tags).record(Duration.ofNanos(nanos));
    Metrics.counter("glance.transfer.bytes", tags).increment((double) bytes);
    LOG.infof(
        "%s finished: image=%s store=%s bytes=%d millis=%d outcome=%s",
        direction, imageId, store, bytes, Duration.ofNanos(nanos).toMillis(), word);
  }
}
