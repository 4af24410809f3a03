package dev.glance.api.store.rbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the rbd store makes of a network that fails, between it and a real Ceph. */
class RbdFaultsTest {
  private static final int LENGTH = 40 << 20;

  private static RealCeph ceph;

  private final UploadKey key =
      new UploadKey(UUID.randomUUID().toString(), UUID.randomUUID().toString(), 1, false);

  @BeforeAll
  static void startCeph() throws IOException {
    ceph = RealCeph.running();
  }

  private static RbdStore open(Map<String, String> more) {
    return new RbdStore("ceph", null, 0, ceph.config(more));
  }

  private static byte[] bytes() {
    byte[] bytes = new byte[LENGTH];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  @Test
  void monitorsThatRefuseAreUnavailableAndNamedInTime() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    Path refused =
        ceph.configuration(
            "refused",
            text -> text.replaceAll("mon host = .*", "mon host = [v2:127.0.0.1:" + closed + "/0]"));
    try (RbdStore store =
        open(Map.of("ceph-conf", refused.toString(), "connect-timeout", "1s", "timeout", "1s"))) {
      long begun = System.nanoTime();

      assertThatThrownBy(store::check)
          .isInstanceOf(StoreException.Unavailable.class)
          .hasMessageContaining("store ceph");
      assertThatThrownBy(() -> store.upload(key, OptionalLong.empty()))
          .isInstanceOf(StoreException.Unavailable.class);

      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    }
  }

  /** Ceph's library breaks its own connections, about each hundredth time that it uses one. */
  @Test
  void connectionsThatBreakInMidBodyAreMadeAnew() throws IOException {
    Path log = Files.createTempFile("rbd-", ".log");
    Path breaking =
        ceph.configuration(
            "breaking",
            text ->
                text
                    + "[client]\nms inject socket failures = 100\nlog to file = true\nlog file = "
                    + log
                    + "\n");
    byte[] bytes = bytes();
    try (RbdStore store =
        open(Map.of("ceph-conf", breaking.toString(), "chunk-size", "1M", "timeout", "30s"))) {
      StoreLocation at;
      try (Upload upload = store.upload(key, OptionalLong.empty())) {
        for (int from = 0; from < LENGTH; from += 1 << 20) {
          upload.write(ByteBuffer.wrap(bytes, from, 1 << 20));
        }
        at = upload.commit();
      }

      ImageBytes read = store.read(at, new ByteRange(0, LENGTH));
      try (InputStream in = ((ImageBytes.Stream) read).in()) {
        assertThat(in.readAllBytes()).isEqualTo(bytes);
      }
      assertThat(store.delete(at)).isTrue();
      assertThat(store.inUse()).isZero();
    }
    assertThat(Files.readString(log)).contains("injecting socket failure");
    Files.delete(log);
  }

  @Test
  void anUploadThatStallsIsCancelledAtOnceAndNothingIsLeft() throws Exception {
    byte[] bytes = bytes();
    try (RbdStore store = open(Map.of("timeout", "60s"))) {
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      CompletableFuture<Boolean> isOpen = new CompletableFuture<>();
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Upload upload = store.upload(key, OptionalLong.empty())) {
                      isOpen.complete(true);
                      try {
                        upload.write(ByteBuffer.wrap(bytes));
                        upload.commit();
                      } catch (StoreException e) {
                        failure.complete(e);
                      } finally {
                        // As who cancels a transfer does.
                        boolean _ = Thread.interrupted();
                      }
                    }
                  });
      isOpen.get(30, TimeUnit.SECONDS);
      ceph.pause(true);
      try {
        while (writer.getState() != Thread.State.TIMED_WAITING
            && writer.getState() != Thread.State.WAITING) {
          Thread.sleep(10);
        }
        Thread.sleep(200);

        writer.interrupt();

        assertThat(failure.get(5, TimeUnit.SECONDS)).isInstanceOf(StoreException.Cancelled.class);
      } finally {
        ceph.pause(false);
      }
      writer.join(Duration.ofSeconds(60));
      store.discard(key);
      assertThat(ceph.run("rbd", "-p", "images", "ls").strip()).isEmpty();
      assertThat(store.inUse()).isZero();
    }
  }
}
