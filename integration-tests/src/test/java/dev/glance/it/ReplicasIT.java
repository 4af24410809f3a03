package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.it.RegistryProxy.Call;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two glance-api on one registry and one store: what one leaves, the other clears. */
class ReplicasIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration LEASE = Duration.ofSeconds(4);
  private static final Duration TWO_LEASES = LEASE.multipliedBy(2);

  private static final int SIZE = 4 << 20;
  private static final byte[] NEWER =
      "the bytes of the newer upload".getBytes(StandardCharsets.US_ASCII);

  @RegisterExtension static final Installation glance = new Installation();

  private static final ServiceProcess other = glance.anotherApi();
  private static final HeldCommits commits = new HeldCommits();
  private static RegistryProxy proxy;

  private final Images images = glance.images();
  private final Images atOther = new Images(other.url());

  /** Keeps commits of the first glance-api from the registry while it is told to. */
  private static final class HeldCommits implements RegistryProxy.Tap {
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile CountDownLatch arrived = new CountDownLatch(1);

    void hold() {
      gate = new CountDownLatch(1);
      arrived = new CountDownLatch(1);
    }

    void release() {
      gate.countDown();
    }

    boolean isHolding() {
      return arrived.getCount() == 0;
    }

    @Override
    public void before(Call call) throws InterruptedException {
      if (call.path().endsWith("/commit")) {
        arrived.countDown();
        gate.await();
      }
    }
  }

  @BeforeAll
  static void startBoth() throws IOException {
    proxy = new RegistryProxy(glance.registry().url(), commits);
    glance.registry().set("glance.registry.lease", LEASE.toSeconds() + "s");
    glance.api().set("glance.api.registry.url", proxy.url());
  }

  @BeforeEach
  void start() {
    glance.start();
    if (!other.isRunning()) {
      other.start();
    }
    other.awaitReady();
  }

  @AfterAll
  static void stop() throws IOException {
    commits.release();
    other.end();
    glance.close();
    proxy.close();
  }

  @Test
  void whatAKilledReplicaLeftIsClearedByTheOther() {
    String id = images.create("left");
    try (SlowUpload upload = images.beginUpload(id, SIZE)) {
      upload.send(new byte[] {1, 2, 3});
      glance.awaitImageFiles(1, SOON);
      glance.api().kill();
    }

    Await.until(TWO_LEASES, "the image is queued", () -> atOther.status(id).equals("queued"));
    glance.awaitImageFiles(0, TWO_LEASES);
    assertThat(atOther.upload(id, NEWER).statusCode()).isEqualTo(204);
    assertThat(atOther.download(id).body()).isEqualTo(NEWER);
    delete(id);
  }

  @Test
  void aWriterThatWakesInMidUploadAfterANewerOneChangesNothing() {
    String id = images.create("paused");
    try (SlowUpload upload = images.beginUpload(id, SIZE)) {
      upload.send(new byte[SIZE / 2]);
      glance.awaitImageFiles(1, SOON);
      glance.api().pause();
      uploadByTheOther(id);

      glance.api().resume();
      finish(upload, SIZE - SIZE / 2);
    }

    assertOnlyTheNewerIsThere(id);
  }

  @Test
  void aWriterThatWakesAtItsCommitAfterANewerOneChangesNothing() {
    String id = images.create("paused");
    commits.hold();
    try (SlowUpload upload = images.beginUpload(id, SIZE)) {
      upload.send(new byte[SIZE]);
      Await.until(SOON, "the commit is under way", commits::isHolding);
      glance.api().pause();
      uploadByTheOther(id);

      commits.release();
      glance.api().resume();
      finish(upload, 0);
    }

    assertOnlyTheNewerIsThere(id);
  }

  private void uploadByTheOther(String id) {
    Await.until(TWO_LEASES, "the image is queued", () -> atOther.status(id).equals("queued"));
    assertThat(atOther.upload(id, NEWER).statusCode()).isEqualTo(204);
  }

  /** Whatever the old upload is told, it is no success. */
  private static void finish(SlowUpload upload, int rest) {
    try {
      upload.send(new byte[rest]);
      assertThat(upload.answer()).isIn(409, 410, 503);
    } catch (UncheckedIOException _) {
      // Hung up before the client had sent everything.
    }
  }

  private void assertOnlyTheNewerIsThere(String id) {
    glance.awaitImageFiles(1, TWO_LEASES);
    assertThat(images.status(id)).isEqualTo("active");
    assertThat(images.show(id).path("size").asInt()).isEqualTo(NEWER.length);
    assertThat(images.download(id).body()).isEqualTo(NEWER);
    delete(id);
  }

  private void delete(String id) {
    assertThat(atOther.delete(id).statusCode()).isEqualTo(204);
    glance.awaitImageFiles(0, SOON);
  }
}
