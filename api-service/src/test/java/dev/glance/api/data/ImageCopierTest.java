package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.FailingStore;
import dev.glance.api.store.FailingStore.Point;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.SlowStore;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.api.store.Upload;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.UploadKey;
import dev.glance.model.registry.UploadsApi.CopyResult;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import dev.glance.model.registry.UploadsApi.UploadRenewal;
import dev.glance.model.registry.UploadsApi.UploadResult;
import dev.glance.model.registry.UploadsApi.UploadStart;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowingConsumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens, a store has the bytes of the locations that its images have, and no others. */
class ImageCopierTest {
  private static final byte[] BYTES = TestImages.bytes(3_000_017);

  private final FakeRegistry registry = new FakeRegistry();
  private final MemoryStore near = new MemoryStore("near", null, 1);
  private final MemoryStore middle = new MemoryStore("middle", null, 0);
  private final MemoryStore farMemory = new MemoryStore("far", null, 0);
  private final SlowStore slow = new SlowStore(farMemory, Duration.ZERO);
  private final FailingStore far = new FailingStore(slow);
  private final BufferPool pool = new BufferPool(4, 1 << 20);
  private final Stores stores = Stores.of(List.of(near, middle, far), "near");
  private final List<BadSource> bad = new ArrayList<>();

  @AfterEach
  void everyBufferIsBack() {
    await(() -> pool.free() == 4);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_017})
  void aCopyIsAnotherLocationWithTheSameBytes(int size) throws IOException {
    byte[] bytes = TestImages.bytes(size);
    Image image = active(bytes);

    Image copied = copy(image);

    assertThat(copied.locations()).hasSize(2).startsWith(image.locations().getFirst());
    Location added = copied.locations().getLast();
    assertThat(added.metadata()).containsEntry("store", "far");
    assertThat(read(farMemory, added, size)).isEqualTo(bytes);
    assertThat(copied.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(bad).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Point.class,
      names = {"OPEN", "WRITE", "COMMIT", "AFTER_COMMIT"})
  void aTargetThatFailsIsLeftAsItWas(Point point) {
    Image image = active(BYTES);
    far.failAt(point, () -> new StoreException.Full("no space left", null));

    assertThatThrownBy(() -> copy(image)).isInstanceOf(StoreException.Full.class);

    assertUntouched(image);
    far.heal();
    assertThat(copy(image).locations()).hasSize(2);
  }

  @Test
  void aTargetThatIsFullHalfWayIsLeftAsItWas() {
    Image image = active(BYTES);
    far.failAfter(2_500_000, () -> new StoreException.Full("no space left", null));

    assertThatThrownBy(() -> copy(image)).isInstanceOf(StoreException.Full.class);

    assertUntouched(image);
    assertThat(registry.pendingJobs()).isZero();
  }

  @Test
  void whatCannotBeDiscardedBecomesAJob() {
    Image image = active(BYTES);
    far.failAt(Point.DISCARD, () -> new StoreException.Unavailable("gone", null));

    assertThatThrownBy(
            () ->
                copier(
                        new Calls() {
                          @Override
                          public Image commitCopy(String uploadId, CopyResult result) {
                            throw new GlanceException(ErrorCode.CONFLICT, "changed");
                          }
                        })
                    .copy(image, null, far, bad::add))
        .satisfies(code(ErrorCode.CONFLICT));

    assertThat(registry.pendingJobs()).isEqualTo(1);
    assertThat(shown(image)).isEqualTo(image);
  }

  @Test
  void bytesThatAreNotTheImagesAreNotCopied() {
    byte[] rotten = BYTES.clone();
    rotten[2_999_999] ^= 1;
    Image image = active(BYTES, rotten);

    assertThatThrownBy(() -> copy(image)).satisfies(code(ErrorCode.NOT_FOUND));

    assertThat(bad)
        .singleElement()
        .satisfies(
            source -> {
              assertThat(source.store()).isEqualTo("near");
              assertThat(source.location()).isEqualTo(image.locations().getFirst());
              assertThat(source).hasMessageContaining("the MD5 is").hasNoCause();
            });
    assertUntouched(image);
    assertThat(registry.pendingJobs()).isZero();
  }

  @Test
  void anotherNumberOfBytesIsNoticedBeforeAnythingIsWritten() {
    Image longer = active(BYTES, TestImages.bytes(BYTES.length + 1));
    Image shorter = active(BYTES, TestImages.bytes(BYTES.length - 1));

    assertThatThrownBy(() -> copy(longer)).satisfies(code(ErrorCode.NOT_FOUND));
    assertThatThrownBy(() -> copy(shorter)).satisfies(code(ErrorCode.NOT_FOUND));

    assertThat(bad).hasSize(2).allSatisfy(e -> assertThat(e).hasMessageContaining("not 3000017"));
    assertThat(slow.writes()).isZero();
  }

  @Test
  void theNextLocationIsTakenWhenTheFirstIsBad() {
    Image image = copied(active(BYTES), middle);
    near.delete(StoreLocation.of(image.locations().getFirst().url()));

    Image copied = copy(image);

    assertThat(copied.locations()).hasSize(3);
    assertThat(bad)
        .singleElement()
        .satisfies(source -> assertThat(source).hasCauseInstanceOf(StoreException.NotFound.class));
  }

  @Test
  void onlyTheStoreThatIsNamedIsReadFrom() {
    Image image = copied(active(BYTES), middle);
    near.delete(StoreLocation.of(image.locations().getFirst().url()));

    assertThatThrownBy(() -> copier(new Calls()).copy(image, "near", far, bad::add))
        .satisfies(code(ErrorCode.NOT_FOUND));

    assertThat(bad).hasSize(1);
    assertThat(copier(new Calls()).copy(image, "middle", far, bad::add).locations()).hasSize(3);
  }

  @Test
  void aSourceThatBreaksOffIsBadAndNothingStays() {
    Store breaking =
        new FailingStore(near) {
          @Override
          public ImageBytes read(StoreLocation at, ByteRange range) {
            InputStream whole = ((ImageBytes.Stream) near.read(at, range)).in();
            return new ImageBytes.Stream(
                new InputStream() {
                  private int left = 2_000_000;

                  @Override
                  public int read() {
                    throw new UnsupportedOperationException("the copier reads in pieces");
                  }

                  @Override
                  public int read(byte[] bytes, int offset, int length) throws IOException {
                    if (left == 0) {
                      throw new IOException("connection reset");
                    }
                    int count = whole.read(bytes, offset, Math.min(left, length));
                    left -= count;
                    return count;
                  }
                },
                range.length());
          }
        };
    Image image = active(BYTES);
    try (ImageCopier copier =
        new ImageCopier(new Calls(), Stores.of(List.of(breaking, far), "near"), pool)) {
      assertThatThrownBy(() -> copier.copy(image, null, far, bad::add))
          .satisfies(code(ErrorCode.NOT_FOUND));
    }

    assertThat(bad)
        .singleElement()
        .satisfies(source -> assertThat(source).hasCauseInstanceOf(IOException.class));
    assertUntouched(image);
  }

  @Test
  void anImageDeletedMeanwhileLeavesNoCopy() {
    Image image = active(BYTES);
    CompletableFuture<Image> copy = slowCopy(image);

    registry.delete(TestImages.SCOPE, image.id());

    assertThatThrownBy(copy::join).cause().satisfies(code(ErrorCode.UPLOAD_GONE));
    assertThat(objects(farMemory)).isZero();
    // The image's own bytes.
    assertThat(registry.pendingJobs()).isEqualTo(1);
  }

  @Test
  void anImageDeletedAtTheLastMomentLeavesNoCopy() {
    Image image = active(BYTES);
    ImageCopier copier =
        copier(
            new Calls() {
              @Override
              public Image commitCopy(String uploadId, CopyResult result) {
                registry.delete(TestImages.SCOPE, image.id());
                return super.commitCopy(uploadId, result);
              }
            });

    assertThatThrownBy(() -> copier.copy(image, null, far, bad::add))
        .satisfies(code(ErrorCode.UPLOAD_GONE));

    assertThat(objects(farMemory)).isZero();
  }

  @Test
  void aCopyThatLostItsLeaseStops() {
    Image image = active(BYTES);
    CompletableFuture<Image> copy = slowCopy(image);

    registry.passTime(FakeRegistry.LEASE.plusSeconds(1));
    registry.sweep();

    assertThatThrownBy(copy::join).cause().satisfies(code(ErrorCode.UPLOAD_GONE));
    assertUntouched(image);
  }

  @Test
  void ofTwoCopiesAtATimeOneIsRefused() {
    Image image = active(BYTES);
    CompletableFuture<Image> first = slowCopy(image);

    assertThatThrownBy(() -> copy(image)).satisfies(code(ErrorCode.CONFLICT));

    slow.perWrite(Duration.ZERO);
    assertThat(first.join().locations()).hasSize(2);
    assertThat(objects(farMemory)).isEqualTo(1);
  }

  @Test
  void aCommitWhoseAnswerWasLostIsRepeated() {
    Image image = active(BYTES);
    AtomicReference<@Nullable GlanceException> lost =
        new AtomicReference<>(new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "lost"));
    ImageCopier copier =
        copier(
            new Calls() {
              @Override
              public Image commitCopy(String uploadId, CopyResult result) {
                Image committed = super.commitCopy(uploadId, result);
                GlanceException e = lost.getAndSet(null);
                if (e != null) {
                  throw e;
                }
                return committed;
              }
            });

    assertThat(copier.copy(image, null, far, bad::add).locations()).hasSize(2);
    assertThat(objects(farMemory)).isEqualTo(1);
  }

  @Test
  void anInterruptedCopyLeavesNothing() throws InterruptedException {
    Image image = active(BYTES);
    slow.perWrite(Duration.ofMinutes(1));
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread = Thread.ofVirtual().start(() -> failure.set(catchThrowable(() -> copy(image))));
    await(() -> slow.writes() > 0);

    thread.interrupt();
    thread.join();

    assertThat(failure.get()).isInstanceOf(StoreException.Cancelled.class);
    assertUntouched(image);
    assertThat(registry.pendingJobs()).isZero();
  }

  private Image copy(Image image) {
    return copier(new Calls()).copy(image, null, far, bad::add);
  }

  /** Is under way until it fails, or the target gets faster. */
  private CompletableFuture<Image> slowCopy(Image image) {
    slow.perWrite(Duration.ofSeconds(2));
    CompletableFuture<Image> copy = CompletableFuture.supplyAsync(() -> copy(image));
    await(() -> slow.writes() > 0);
    return copy;
  }

  private Image copied(Image image, Store to) {
    return copier(new Calls()).copy(image, null, to, bad::add);
  }

  private ImageCopier copier(ImageCopier.Registry calls) {
    return new ImageCopier(calls, stores, pool);
  }

  private Image active(byte[] bytes) {
    return active(bytes, bytes);
  }

  /** An image that is to have these bytes, and of which the store has those. */
  private Image active(byte[] bytes, byte[] stored) {
    String id = TestImages.queued(registry);
    UploadKey key =
        registry.start(TestImages.SCOPE, id, new UploadStart("near", "test", null)).key();
    StoreLocation at;
    try (Upload upload = near.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(stored));
      at = upload.commit();
    }
    return registry.commit(
        key.uploadId(),
        new UploadResult(
            stores.location(near, at),
            bytes.length,
            null,
            TestImages.digest("MD5", bytes),
            "sha512",
            TestImages.digest("SHA-512", bytes)));
  }

  private Image shown(Image image) {
    return registry.show(TestImages.SCOPE, image.id());
  }

  private void assertUntouched(Image image) {
    assertThat(shown(image)).isEqualTo(image);
    assertThat(objects(farMemory)).isZero();
  }

  private static long objects(Store store) {
    List<Object> found = new ArrayList<>();
    store.list(found::add);
    return found.size();
  }

  private static byte[] read(Store store, Location location, int size) throws IOException {
    ImageBytes bytes = store.read(StoreLocation.of(location.url()), new ByteRange(0, size));
    try (InputStream in = ((ImageBytes.Stream) bytes).in()) {
      return in.readAllBytes();
    }
  }

  private static ThrowingConsumer<Throwable> code(ErrorCode code) {
    return e ->
        assertThat(e)
            .isInstanceOfSatisfying(
                GlanceException.class, glance -> assertThat(glance.code()).isEqualTo(code));
  }

  private static void await(BooleanSupplier condition) {
    Awaitility.await().until(condition::getAsBoolean);
  }

  /** Everything goes to the registry; tests override what they disturb. */
  private class Calls implements ImageCopier.Registry {
    @Override
    public UploadLease startCopy(String imageId, UploadStart start) {
      return registry.startCopy(TestImages.SCOPE, imageId, start);
    }

    @Override
    public UploadRenewal heartbeat(String uploadId, UploadProgress progress) {
      return registry.heartbeat(uploadId, progress);
    }

    @Override
    public Image commitCopy(String uploadId, CopyResult result) {
      return registry.commitCopy(uploadId, result);
    }

    @Override
    public void abort(String uploadId, UploadFailure failure) {
      registry.abort(uploadId, failure);
    }
  }
}
