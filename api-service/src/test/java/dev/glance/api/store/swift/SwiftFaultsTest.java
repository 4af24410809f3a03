package dev.glance.api.store.swift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.FaultyNetwork;
import dev.glance.api.store.FaultyNetwork.Fault;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a network does that is no good, in front of a real Swift. */
class SwiftFaultsTest {
  private static final int PART = 100 << 10;

  private static RealSwift swift;

  private final String container = "faults-" + UUID.randomUUID();
  private final UploadKey key =
      new UploadKey(UUID.randomUUID().toString(), UUID.randomUUID().toString(), 1, false);
  private FaultyNetwork network;

  @BeforeAll
  static void startSwift() {
    swift = RealSwift.running();
  }

  @BeforeEach
  void connect() throws IOException {
    network = new FaultyNetwork(swift.port());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    network.close();
    try (SwiftStore direct = direct()) {
      List<Object> left = new ArrayList<>();
      direct.list(left::add);
      assertThat(left).as("left behind").isEmpty();
    }
  }

  private SwiftStore direct() {
    return new SwiftStore("direct", null, 0, swift.config(container, Map.of()));
  }

  /** A store whose logins get through, and all else takes the faulty way. */
  private SwiftStore store(String timeout) {
    return new SwiftStore(
        "cloud",
        null,
        0,
        swift.config(
            container,
            Map.of(
                "endpoint",
                "http://127.0.0.1:" + network.port() + "/v1/AUTH_service",
                "timeout",
                timeout,
                "large-object-chunk-size",
                "100K",
                "retries",
                "3")));
  }

  static List<Fault> passing() {
    return List.of(
        new Fault.Answer(503),
        new Fault.Answer(500),
        new Fault.Answer(429),
        new Fault.BreakUpload(0),
        new Fault.BreakUpload(30_000),
        new Fault.StallUpload(30_000),
        new Fault.BreakDownload(0),
        new Fault.StallDownload(0));
  }

  /** A fault of the answer comes after the server has done as it was told. */
  @ParameterizedTest
  @MethodSource("passing")
  void anUploadOutlivesAFaultThatPasses(Fault fault) throws IOException {
    for (int size : new int[] {PART / 2, 3 * PART + 1}) {
      byte[] bytes = bytes(size);
      try (SwiftStore store = store("1s")) {
        network.next(fault);
        network.next(fault);

        StoreLocation at = put(store, bytes);

        assertThat(network.faulted()).isPositive();
        assertThat(store.memoryInUse()).isZero();
        try (SwiftStore direct = direct()) {
          assertThat(read(direct, at, 0, size)).isEqualTo(bytes);
          assertThat(direct.delete(at)).isTrue();
        }
      }
    }
  }

  /** radosgw says so to all but one of the parts that make it at once. */
  @Test
  void anUploadOutlivesAConflictOverItsContainer() throws IOException {
    byte[] bytes = bytes(PART / 2);
    try (SwiftStore store = store("1s");
        SwiftStore direct = direct()) {
      // What has the name is asked before.
      network.next(new Fault.Answer(404));
      network.next(new Fault.Answer(404));
      network.next(new Fault.Answer(409));

      StoreLocation at = put(store, bytes);

      assertThat(network.faulted()).isEqualTo(3);
      assertThat(read(direct, at, 0, bytes.length)).isEqualTo(bytes);
      assertThat(direct.delete(at)).isTrue();
    }
  }

  static List<Fault> passingDownloads() {
    return List.of(
        new Fault.Answer(503),
        new Fault.BreakDownload(0),
        new Fault.BreakDownload(150_000),
        new Fault.StallDownload(150_000));
  }

  @ParameterizedTest
  @MethodSource("passingDownloads")
  void aDownloadIsTakenUpWhereItBroke(Fault fault) throws IOException {
    byte[] bytes = bytes(3 * PART);
    try (SwiftStore direct = direct();
        SwiftStore store = store("1s")) {
      StoreLocation at = put(direct, bytes);
      network.next(fault);
      network.next(fault);

      byte[] read = read(store, at, 5, bytes.length - 10);

      assertThat(network.faulted()).isEqualTo(2);
      assertThat(read).isEqualTo(Arrays.copyOfRange(bytes, 5, bytes.length - 5));
      direct.delete(at);
    }
  }

  @Test
  void aDownloadIsNotTakenUpWithOtherBytes() throws IOException {
    try (SwiftStore direct = direct();
        SwiftStore store = store("1s")) {
      StoreLocation at = put(direct, bytes(3 * PART));
      network.next(new Fault.BreakDownload(150_000));
      try (InputStream in = open(store, at, 0, 3 * PART)) {
        assertThat(in.readNBytes(10)).hasSize(10);
        direct.delete(at);
        put(direct, bytes(3 * PART + 1));

        assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
      }
      direct.delete(at);
    }
  }

  @Test
  void aFaultThatStaysEndsTheUploadAndLeavesNothing() {
    try (SwiftStore store = store("1s")) {
      for (int i = 0; i < 20; i++) {
        network.next(new Fault.Answer(503));
      }
      Upload upload = store.upload(key, OptionalLong.empty());

      assertThatThrownBy(
              () -> {
                upload.write(ByteBuffer.wrap(bytes(4 * PART)));
                upload.commit();
              })
          .isInstanceOf(StoreException.Unavailable.class)
          .hasMessageContaining("503");
      closeAndDiscard(upload);
    }
  }

  @Test
  void aServerThatIsAwayIsUnavailable() throws IOException {
    try (SwiftStore store = store("1s")) {
      network.close();

      assertThatThrownBy(() -> put(store, bytes(1))).isInstanceOf(StoreException.Unavailable.class);
      assertThatThrownBy(store::check).isInstanceOf(StoreException.Unavailable.class);
    }
  }

  @Test
  void anUploadThatStallsIsCancelledAtOnce() throws Exception {
    // Else Swift refuses the upload before it stalls, for want of the container.
    try (SwiftStore direct = direct()) {
      assertThat(direct.delete(put(direct, bytes(1)))).isTrue();
    }
    try (SwiftStore store = store("10m")) {
      network.next(new Fault.StallUpload(30_000));
      CompletableFuture<Throwable> ended = new CompletableFuture<>();
      Consumer<Upload> work =
          upload -> {
            upload.write(ByteBuffer.wrap(bytes(PART)));
            upload.commit();
          };
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Upload upload = store.upload(key, OptionalLong.empty())) {
                      try {
                        work.accept(upload);
                      } finally {
                        // As who cancels a transfer does.
                        boolean _ = Thread.interrupted();
                      }
                    } catch (StoreException e) {
                      ended.complete(e);
                    }
                  });
      while (network.faulted() == 0) {
        Thread.sleep(10);
      }

      writer.interrupt();

      assertThat(ended.get(5, TimeUnit.SECONDS)).isInstanceOf(StoreException.Cancelled.class);
      assertThat(writer.join(Duration.ofSeconds(5))).isTrue();
      assertThat(store.memoryInUse()).isZero();
    }
  }

  private void closeAndDiscard(Upload upload) {
    try {
      upload.close();
    } catch (StoreException.Unavailable _) {
      // The network is still bad; the registry has the rest removed later.
    }
    try (SwiftStore direct = direct()) {
      direct.discard(key);
    }
  }

  private StoreLocation put(SwiftStore store, byte[] bytes) {
    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(bytes));
      return upload.commit();
    }
  }

  private static byte[] read(SwiftStore store, StoreLocation at, long offset, long length)
      throws IOException {
    try (InputStream in = open(store, at, offset, length)) {
      return in.readAllBytes();
    }
  }

  private static InputStream open(SwiftStore store, StoreLocation at, long offset, long length) {
    return ((ImageBytes.Stream) store.read(at, new ByteRange(offset, length))).in();
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
