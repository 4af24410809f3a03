package dev.glance.api.store.s3;

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
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** What a network does that is no good, in front of a real S3 server. */
abstract class S3FaultsContract {
  static final int PART = 100 << 10;

  final RealS3 s3;
  final String bucket = "faults-" + UUID.randomUUID();
  final UploadKey key =
      new UploadKey(UUID.randomUUID().toString(), UUID.randomUUID().toString(), 1, false);
  private FaultyNetwork network;

  S3FaultsContract(RealS3 s3) {
    this.s3 = s3;
  }

  /** Gives the bucket a quota of half a part. */
  abstract void limit();

  @BeforeEach
  void connect() throws IOException {
    s3.raw().createBucket(request -> request.bucket(bucket));
    network = new FaultyNetwork(s3.port());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    network.close();
    assertThat(left()).as("left behind").isEmpty();
  }

  private List<String> left() {
    return Stream.concat(
            s3.raw().listObjectsV2(request -> request.bucket(bucket)).contents().stream()
                .map(S3Object::key),
            s3.raw().listMultipartUploads(request -> request.bucket(bucket)).uploads().stream()
                .map(MultipartUpload::key))
        .toList();
  }

  private S3Store direct() {
    return new S3Store("direct", null, 0, s3.config(bucket, Map.of()));
  }

  private S3Store store(String timeout) {
    return store(
        Map.of("host", "http://127.0.0.1:" + network.port(), "timeout", timeout, "retries", "3"));
  }

  final S3Store store(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("large-object-chunk-size", "100K");
    all.put("download-chunk-size", "100K");
    return new S3Store("cloud", null, 0, s3.config(bucket, all));
  }

  /** What was put through the network, past it; and the other way round. */
  private StoreLocation at(StoreLocation location, int port) {
    return StoreLocation.of(location.uri().toString().replaceFirst(":\\d+/", ":" + port + "/"));
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
        new Fault.BreakDownload(400),
        new Fault.BreakDownload(900),
        new Fault.StallDownload(0));
  }

  /** A fault of the answer comes after the server has done as it was told. */
  @ParameterizedTest
  @MethodSource("passing")
  void anUploadOutlivesAFaultThatPasses(Fault fault) throws IOException {
    for (int size : new int[] {PART / 2, 3 * PART + 1}) {
      byte[] bytes = bytes(size);
      try (S3Store store = store("1s")) {
        network.next(fault);
        network.next(fault);

        StoreLocation at = at(put(store, bytes), s3.port());

        assertThat(network.faulted()).isPositive();
        assertThat(store.memoryInUse()).isZero();
        assertThat(left()).containsExactly(key.imageId());
        try (S3Store direct = direct()) {
          assertThat(read(direct, at, 0, size)).isEqualTo(bytes);
          assertThat(direct.delete(at)).isTrue();
        }
      }
    }
  }

  static List<Fault> passingDownloads() {
    return List.of(
        new Fault.Answer(503),
        new Fault.BreakDownload(0),
        new Fault.BreakDownload(50_000),
        new Fault.StallDownload(50_000));
  }

  @ParameterizedTest
  @MethodSource("passingDownloads")
  void aDownloadIsTakenUpWhereItBroke(Fault fault) throws IOException {
    byte[] bytes = bytes(6 * PART + 1);
    try (S3Store direct = direct();
        S3Store store = store("1s")) {
      StoreLocation at = put(direct, bytes);
      network.next(fault);
      network.next(fault);

      byte[] read = read(store, at(at, network.port()), 5, bytes.length - 10);

      assertThat(network.faulted()).isEqualTo(2);
      assertThat(read).isEqualTo(Arrays.copyOfRange(bytes, 5, bytes.length - 5));
      assertThat(store.memoryInUse()).isZero();
      direct.delete(at);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aDownloadIsNotTakenUpWithOtherBytes(int threads) throws IOException {
    try (S3Store direct = direct();
        S3Store store =
            store(
                Map.of(
                    "host",
                    "http://127.0.0.1:" + network.port(),
                    "download-threads",
                    Integer.toString(threads),
                    "download-buffer",
                    "1M"))) {
      StoreLocation at = put(direct, bytes(30 * PART));
      network.next(new Fault.BreakDownload(50_000));
      try (InputStream in = open(store, at(at, network.port()), 0, 30 * PART)) {
        assertThat(in.readNBytes(10)).hasSize(10);
        direct.delete(at);
        put(direct, bytes(30 * PART + 1));

        assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
      }
      assertThat(store.memoryInUse()).isZero();
      direct.delete(at);
    }
  }

  @Test
  void aFaultThatStaysEndsTheUploadAndLeavesNothing() {
    try (S3Store store = store("1s")) {
      for (int i = 0; i < 100; i++) {
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
      assertThat(store.memoryInUse()).isZero();
    }
  }

  /** The SDK's parser throws it so, depending on when the reset arrives. */
  @Test
  void anAnswerThatIsResetWhileItIsReadIsAskedForAgain() {
    AtomicInteger tries = new AtomicInteger();
    try (S3Calls calls = new S3Calls("cloud", s3.config(bucket, Map.of("retry-delay", "1ms")))) {
      int answer = calls.call("a test", _ -> resetUntil(1, tries));
      assertThat(answer).isEqualTo(1);
      assertThatThrownBy(() -> calls.call("a test", _ -> resetUntil(100, tries)))
          .isInstanceOf(StoreException.Unavailable.class);
    }
  }

  private static int resetUntil(int most, AtomicInteger tries) {
    if (tries.getAndIncrement() < most) {
      throw new UncheckedIOException(new SocketException("Connection reset"));
    }
    return most;
  }

  /** The registry has what could not be cleared then removed by another replica. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2, 5})
  void aServerThatGoesAwayLeavesWhatDiscardFinds(int writtenParts) throws IOException {
    try (S3Store store = store("1s")) {
      Upload upload = store.upload(key, OptionalLong.empty());
      upload.write(ByteBuffer.wrap(bytes(writtenParts * PART)));
      network.close();

      assertThatThrownBy(
              () -> {
                upload.write(ByteBuffer.wrap(bytes(3 * PART)));
                upload.commit();
              })
          .isInstanceOf(StoreException.Unavailable.class);
      assertThatThrownBy(store::check).isInstanceOf(StoreException.Unavailable.class);
      closeAndDiscard(upload);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void anUploadThatStallsIsCancelledAtOnce(int parts) throws Exception {
    try (S3Store store = store("10m")) {
      network.next(new Fault.StallUpload(30_000));
      CompletableFuture<Throwable> ended = new CompletableFuture<>();
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Upload upload = store.upload(key, OptionalLong.empty())) {
                      try {
                        upload.write(ByteBuffer.wrap(bytes(parts * PART)));
                        upload.commit();
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
      Thread.sleep(300);
      assertThat(ended).as("it stalls").isNotDone();

      writer.interrupt();

      assertThat(ended.get(5, TimeUnit.SECONDS)).isInstanceOf(StoreException.Cancelled.class);
      assertThat(writer.join(Duration.ofSeconds(5))).isTrue();
      assertThat(store.memoryInUse()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {PART, 8 * PART})
  void anExhaustedQuotaIsAFullStoreAndLeavesNothing(int size) {
    limit();
    try (S3Store store = store(Map.of())) {
      assertThatThrownBy(() -> put(store, bytes(size))).isInstanceOf(StoreException.Full.class);
    }
  }

  private void closeAndDiscard(Upload upload) {
    try {
      upload.close();
    } catch (StoreException.Unavailable _) {
      // The network is still bad; the registry has the rest removed later.
    }
    try (S3Store direct = direct()) {
      direct.discard(key);
    }
  }

  final StoreLocation put(S3Store store, byte[] bytes) {
    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(bytes));
      return upload.commit();
    }
  }

  static byte[] read(S3Store store, StoreLocation at, long offset, long length) throws IOException {
    try (InputStream in = open(store, at, offset, length)) {
      return in.readAllBytes();
    }
  }

  private static InputStream open(S3Store store, StoreLocation at, long offset, long length) {
    return ((ImageBytes.Stream) store.read(at, new ByteRange(offset, length))).in();
  }

  static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
