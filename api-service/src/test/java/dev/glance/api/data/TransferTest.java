package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.FailingStore;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.SlowStore;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TransferTest {
  private static final int BUFFERS = 4;
  private static final int BUFFER_BYTES = 64 << 10;

  private final BufferPool pool = new BufferPool(BUFFERS, BUFFER_BYTES);
  private final ExecutorService threads =
      Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().factory());
  private final MemoryStore memory = new MemoryStore("memory", null, 0);

  @AfterEach
  @AfterTry
  void everyBufferIsBack() {
    Awaitility.await().until(() -> pool.free() == BUFFERS);
  }

  @Property(tries = 50)
  void bytesAndDigestsDoNotDependOnTheChunks(
      @ForAll @IntRange(max = 600_000) int size,
      @ForAll @IntRange(min = 1000, max = 70_000) int chunkBytes)
      throws Exception {
    byte[] bytes = TestImages.bytes(size);
    List<Integer> seen = new ArrayList<>();

    try (Digests digests = new Digests(threads, "sha256");
        Upload upload = open(memory)) {
      Transfer transfer =
          new Transfer(
              new Body(pool, bytes, chunkBytes), digests, List.of(b -> seen.add(b.remaining())));
      transfer.run(upload);
      StoreLocation at = upload.commit();

      assertThat(transfer.bytes()).isEqualTo(size);
      assertThat(seen.stream().mapToInt(n -> n).sum()).isEqualTo(size);
      assertThat(read(at, size)).isEqualTo(bytes);
      assertThat(digests.finish())
          .isEqualTo(
              new Digests.Result(
                  TestImages.digest("MD5", bytes), TestImages.digest("SHA-256", bytes)));
    }
  }

  @Test
  void aListenerStopsEverything() {
    GlanceException refusal = GlanceException.invalid("no");
    TransferListener listener =
        _ -> {
          throw refusal;
        };

    try (Digests digests = new Digests(threads, "sha512");
        Upload upload = open(memory)) {
      Transfer transfer =
          new Transfer(new Body(pool, new byte[1 << 20]), digests, List.of(listener));

      assertThatThrownBy(() -> transfer.run(upload)).isSameAs(refusal);
      assertThat(upload.written()).isZero();
    }
  }

  @Test
  void aStoreThatFailsStopsEverything() {
    FailingStore store = new FailingStore(memory);
    store.failAfter(300_000, () -> new StoreException.Full("full", null));

    try (Digests digests = new Digests(threads, "sha512");
        Upload upload = open(store)) {
      Transfer transfer = new Transfer(new Body(pool, new byte[1 << 20]), digests, List.of());

      assertThatThrownBy(() -> transfer.run(upload)).isInstanceOf(StoreException.Full.class);
      assertThat(upload.written()).isLessThan(300_000);
    }
  }

  @Test
  void cancellingEndsAWriteThatHangs() {
    SlowStore store = new SlowStore(memory, Duration.ofHours(1));
    GlanceException gone = GlanceException.uploadGone("deleted");

    try (Digests digests = new Digests(threads, "sha512");
        Upload upload = open(store)) {
      Transfer transfer =
          new Transfer(new Body(pool, new byte[1 << 20]).endless(), digests, List.of());
      CompletableFuture<Boolean> run =
          CompletableFuture.supplyAsync(
              () -> {
                assertThatThrownBy(() -> transfer.run(upload)).isSameAs(gone);
                return Thread.currentThread().isInterrupted();
              });
      Awaitility.await().until(() -> store.writes() == 1);

      transfer.cancel(gone);

      assertThat(run.join()).as("an interrupt is left for the clean-up").isFalse();
    }
  }

  @Test
  void cancellingBeforeTheStartMovesNothing() {
    GlanceException gone = GlanceException.uploadGone("deleted");
    try (Digests digests = new Digests(threads, "sha512");
        Upload upload = open(memory)) {
      Transfer transfer = new Transfer(new Body(pool, new byte[1 << 20]), digests, List.of());
      transfer.cancel(gone);

      assertThatThrownBy(() -> transfer.run(upload)).isSameAs(gone);
      assertThat(upload.written()).isZero();
    }
  }

  @Test
  void manyTransfersShareAFewBuffers() {
    byte[] bytes = TestImages.bytes(2_000_000);
    String checksum = TestImages.digest("MD5", bytes);
    CountDownLatch together = new CountDownLatch(32);
    try (ExecutorService uploads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<String>> all = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        all.add(
            CompletableFuture.supplyAsync(
                () -> {
                  together.countDown();
                  return checksumOf(bytes, together);
                },
                uploads));
      }
      assertThat(all).allSatisfy(upload -> assertThat(upload.join()).isEqualTo(checksum));
    }
  }

  private String checksumOf(byte[] bytes, CountDownLatch together) {
    try (Digests digests = new Digests(threads, "sha1");
        Upload upload = open(memory)) {
      together.await();
      new Transfer(new Body(pool, bytes), digests, List.of()).run(upload);
      return digests.finish().checksum();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Upload open(Store store) {
    UploadKey key = new UploadKey("u", UUID.randomUUID().toString(), 1, false);
    return store.upload(key, OptionalLong.empty());
  }

  private byte[] read(StoreLocation at, int size) throws IOException {
    ImageBytes.Stream stream = (ImageBytes.Stream) memory.read(at, new ByteRange(0, size));
    return stream.in().readAllBytes();
  }
}
