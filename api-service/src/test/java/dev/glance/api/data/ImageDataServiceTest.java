package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.glance.api.auth.Caller;
import dev.glance.api.data.ImageDataService.Announcement;
import dev.glance.api.member.AccessLists;
import dev.glance.api.policy.Policies;
import dev.glance.api.quota.Quotas;
import dev.glance.api.quota.TestQuotas;
import dev.glance.api.store.FailingStore;
import dev.glance.api.store.FailingStore.Point;
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
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.UploadKey;
import dev.glance.model.registry.UploadsApi;
import dev.glance.model.registry.UploadsApi.UploadStart;
import io.quarkus.runtime.configuration.MemorySize;
import jakarta.ws.rs.ProcessingException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowingConsumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever fails, an upload ends with every byte and an active image, or with neither. */
class ImageDataServiceTest {
  private static final Caller CALLER =
      new Caller("admin", "admin", Set.of("admin", "member", "reader")).asAdmin(true);
  private static final byte[] BYTES = TestImages.bytes(3_000_017);

  private final FakeRegistry registry = new FakeRegistry();
  private final MemoryStore memory = new MemoryStore("memory", null, 0);
  private final FailingStore store = new FailingStore(memory);
  private final BufferPool pool = new BufferPool(4, 1 << 20);
  private Quotas quotas = TestQuotas.with(Map.of());
  private ImageDataService service = service(registry, store);

  @AfterEach
  void everyBufferIsBack() {
    await(() -> pool.free() == 4);
    service.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Point.class,
      names = {"OPEN", "WRITE", "COMMIT", "AFTER_COMMIT"})
  void aStoreThatFailsLeavesAQueuedImageAndNoBytes(Point point) {
    String id = TestImages.queued(registry);
    store.failAt(point, () -> new StoreException.Full("no space left", null));

    assertThatThrownBy(() -> upload(id)).isInstanceOf(StoreException.Full.class);

    assertQueuedAndEmpty(id);
    store.heal();
    assertThat(upload(id).status()).isEqualTo(ImageStatus.ACTIVE);
  }

  @Test
  void aStoreThatFailsHalfWayLeavesNothing() {
    String id = TestImages.queued(registry);
    store.failAfter(2_500_000, () -> new StoreException.Unavailable("gone", null));

    assertThatThrownBy(() -> upload(id)).isInstanceOf(StoreException.Unavailable.class);

    assertQueuedAndEmpty(id);
  }

  @Test
  void whatCannotBeDiscardedBecomesAJob() {
    String id = TestImages.queued(registry);
    CompletableFuture<Image> upload =
        CompletableFuture.supplyAsync(() -> upload(id, new Body(pool, BYTES).endless()));
    await(() -> registry.show(TestImages.SCOPE, id).status() == ImageStatus.SAVING);
    store.failAt(Point.DISCARD, () -> new StoreException.Unavailable("gone", null));

    registry.delete(TestImages.SCOPE, id);

    assertThatThrownBy(upload::join).hasCauseInstanceOf(GlanceException.class);
    assertThat(registry.pendingJobs()).isEqualTo(1);
    store.heal();
  }

  @Test
  void aNameTakenByAnotherIsLeftAlone() {
    String id = TestImages.queued(registry);
    StoreLocation other;
    try (var upload = memory.upload(new UploadKey("u", id, 1, false), OptionalLong.empty())) {
      other = upload.commit();
    }

    assertThatThrownBy(() -> upload(id)).isInstanceOf(StoreException.AlreadyExists.class);

    assertThat(memory.size(other)).isEqualTo(OptionalLong.of(0));
    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(registry.pendingJobs()).isZero();
    // The next try publishes under a name of its own.
    Image image = upload(id);
    assertThat(image.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(image.locations().getFirst().url()).endsWith(id + ".2");
  }

  @Test
  void aFaultWhileGivingUpHidesNeitherTheCauseNorTheAbort() {
    String id = TestImages.queued(registry);
    service.close();
    service =
        service(
            registry,
            new FailingStore(memory) {
              @Override
              public void discard(UploadKey key) {
                throw new IllegalStateException("a fault of the backend's library");
              }
            });

    assertThatThrownBy(() -> upload(id, new Body(pool, BYTES), 1))
        .satisfies(code(ErrorCode.SIZE_MISMATCH));

    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(registry.pendingJobs()).isEqualTo(1);
  }

  @Test
  void bytesStayWhenARepeatedCommitIsRefused() {
    String id = TestImages.queued(registry);
    AtomicInteger commits = new AtomicInteger();
    service.close();
    service =
        service(
            new Uploads(registry) {
              @Override
              public Image commit(String uploadId, UploadResult result) {
                if (commits.incrementAndGet() == 1) {
                  super.commit(uploadId, result);
                  throw new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "lost");
                }
                throw GlanceException.uploadGone("forgotten");
              }
            },
            store);

    assertThatThrownBy(() -> upload(id)).satisfies(code(ErrorCode.UPLOAD_GONE));

    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(memory.size(StoreLocation.of("memory://memory/" + id)))
        .isEqualTo(OptionalLong.of(BYTES.length));
  }

  @Test
  void anImageAboveTheCapIsRefusedBeforeAndWhileItComes() {
    String id = TestImages.queued(registry);
    service.close();
    service =
        new ImageDataService(
            registry,
            registry,
            Stores.single(store),
            Policies.images(),
            quotas,
            lists(store),
            config(2_000_000));

    assertThatThrownBy(() -> upload(id)).satisfies(code(ErrorCode.LIMIT_EXCEEDED));
    assertThatThrownBy(
            () ->
                service.upload(
                    CALLER,
                    null,
                    id,
                    new Announcement(OptionalLong.empty(), null),
                    new Body(pool, BYTES)))
        .satisfies(code(ErrorCode.LIMIT_EXCEEDED));

    assertQueuedAndEmpty(id);
  }

  @Test
  void anAnnouncedSizeAboveTheQuotaIsRefusedBeforeTheFirstByte() {
    limitTo(BYTES.length - 1);
    String id = TestImages.queued(registry);
    Body body = new Body(pool, BYTES);

    assertThatThrownBy(() -> upload(id, body, BYTES.length))
        .satisfies(code(ErrorCode.LIMIT_EXCEEDED));

    assertThat(body.chunks()).isZero();
    assertQueuedAndEmpty(id);
  }

  @Test
  void anUploadOfUnknownSizeStopsAtTheLastByteOfTheQuota() {
    limitTo(BYTES.length - 1);
    String id = TestImages.queued(registry);

    assertThatThrownBy(() -> upload(id, new Body(pool, BYTES)))
        .satisfies(code(ErrorCode.LIMIT_EXCEEDED));

    assertQueuedAndEmpty(id);
    assertThat(registry.usage(owner(id)).storedBytes()).isZero();
    limitTo(BYTES.length);
    assertThat(upload(id, new Body(pool, BYTES)).status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(registry.usage(owner(id)).storedBytes()).isEqualTo(BYTES.length);
  }

  @Test
  void anUploadOfUnknownSizeReservesAsItGrowsAndNeverPassesTheQuota() {
    limitTo(200L << 20);
    String id = TestImages.queued(registry);
    CountingStore counting = new CountingStore(memory);
    service.close();
    service = service(registry, counting);

    assertThatThrownBy(() -> upload(id, new Body(pool, BYTES).endless()))
        .satisfies(code(ErrorCode.LIMIT_EXCEEDED));

    assertThat(counting.written.get()).isBetween(199L << 20, 200L << 20);
    assertQueuedAndEmpty(id);
  }

  @Test
  void quotaThatIsFreedUnderWayIsUsedByWhoeverNeedsIt() {
    long size = 70L << 20;
    limitTo(size);
    String first = TestImages.queued(registry);
    registry.start(
        TestImages.SCOPE, first, new UploadStart("memory", "w", size - 1, quotas.of(owner(first))));
    String id = TestImages.queued(registry);
    assertThatThrownBy(() -> upload(id)).satisfies(code(ErrorCode.LIMIT_EXCEEDED));

    registry.delete(TestImages.SCOPE, first);

    assertThat(upload(id).status()).isEqualTo(ImageStatus.ACTIVE);
  }

  @Test
  void whatAnotherHasReservedAheadIsWaitedFor() {
    limitTo(64L << 20);
    String ahead = TestImages.queued(registry);
    UploadKey key =
        registry
            .start(
                TestImages.SCOPE,
                ahead,
                new UploadStart("memory", "w", null, quotas.of(owner(ahead))))
            .key();
    List<String> ids = List.of(TestImages.queued(registry), TestImages.queued(registry));
    List<CompletableFuture<Image>> uploads =
        List.of(
            CompletableFuture.supplyAsync(() -> upload(ids.getFirst())),
            CompletableFuture.supplyAsync(() -> upload(ids.getLast(), new Body(pool, BYTES))));
    long calls = registry.calls();
    await(() -> registry.calls() > calls + 6);
    assertThat(uploads).noneMatch(CompletableFuture::isDone);

    registry.abort(key.uploadId(), new UploadsApi.UploadFailure(true, "cut"));

    assertThat(uploads).allMatch(upload -> upload.join().status() == ImageStatus.ACTIVE);
  }

  @Test
  void aRegistryOutOfReachOnlyDelaysAReservation() {
    limitTo(1L << 30);
    String id = TestImages.queued(registry);
    CountingStore counting = new CountingStore(memory);
    AtomicInteger asked = new AtomicInteger();
    service.close();
    service =
        service(
            new Uploads(registry) {
              @Override
              public UploadRenewal heartbeat(String uploadId, UploadProgress progress) {
                if (progress.wanted() != null && asked.incrementAndGet() == 1) {
                  throw new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "down");
                }
                return super.heartbeat(uploadId, progress);
              }
            },
            counting);
    Body body = new Body(pool, BYTES).endless();
    CompletableFuture<Image> upload = CompletableFuture.supplyAsync(() -> upload(id, body));
    await(() -> counting.written.get() > 70L << 20);
    body.end();

    assertThat(upload.join().status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(asked).hasValueGreaterThan(1);
  }

  private void limitTo(long bytes) {
    quotas = TestQuotas.with(Map.of("user-storage-quota", Long.toString(bytes)));
    service.close();
    service = service(registry, store);
  }

  private String owner(String id) {
    return String.valueOf(registry.show(TestImages.SCOPE, id).owner());
  }

  @Test
  void deletingTheImageStopsTheUploadWithinTwoSeconds() {
    String id = TestImages.queued(registry);
    SlowStore slow = new SlowStore(memory, Duration.ofMillis(10));
    service.close();
    service = service(registry, slow);
    CompletableFuture<Image> upload =
        CompletableFuture.supplyAsync(() -> upload(id, new Body(pool, BYTES).endless()));
    await(() -> slow.writes() > 3);
    // The next write hangs for longer than any test: it has to be interrupted.
    slow.perWrite(Duration.ofHours(1));
    long deletedAt = System.nanoTime();

    registry.delete(TestImages.SCOPE, id);

    Throwable failure = catchThrowable(upload::join);
    assertThat(Duration.ofNanos(System.nanoTime() - deletedAt)).isLessThan(Duration.ofSeconds(2));
    assertThat(failure)
        .isInstanceOf(CompletionException.class)
        .cause()
        .satisfies(code(ErrorCode.UPLOAD_GONE));
    assertThat(registry.pendingJobs()).as("discarded by the uploader itself").isZero();
  }

  @Test
  void aRegistryOutOfReachForAWhileDoesNotEndAnUpload() {
    String id = TestImages.queued(registry);
    Body body = new Body(pool, BYTES).endless();
    CompletableFuture<Image> upload = CompletableFuture.supplyAsync(() -> upload(id, body));
    await(() -> body.chunks() > 3);
    registry.setDown(true);
    long calls = registry.calls();
    await(() -> registry.calls() >= calls + 2);

    assertThat(upload).isNotDone();
    body.end();
    await(() -> registry.calls() >= calls + 4);
    registry.setDown(false);

    assertThat(upload.join().status()).isEqualTo(ImageStatus.ACTIVE);
  }

  @Test
  void aLeaseWhoseAnswerWasLostIsAskedForAgain() {
    String id = TestImages.queued(registry);
    AtomicInteger starts = new AtomicInteger();
    service.close();
    service =
        service(
            new Uploads(registry) {
              @Override
              public UploadLease start(Scope scope, String id, UploadStart start) {
                UploadLease granted = super.start(scope, id, start);
                if (starts.incrementAndGet() == 1) {
                  throw new ProcessingException("no answer in time");
                }
                return granted;
              }
            },
            store);

    assertThat(upload(id).status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(starts).hasValue(2);
  }

  @Test
  void aLeaseThatNobodyLearnsOfKeepsTheImageFromNobody() {
    String id = TestImages.queued(registry);
    AtomicBoolean isSlow = new AtomicBoolean(true);
    service.close();
    service =
        service(
            new Uploads(registry) {
              @Override
              public UploadLease start(Scope scope, String id, UploadStart start) {
                UploadLease granted = super.start(scope, id, start);
                if (isSlow.get()) {
                  throw new ProcessingException("no answer in time");
                }
                return granted;
              }
            },
            store);

    assertThatThrownBy(() -> upload(id)).isInstanceOf(ProcessingException.class);

    await(() -> registry.show(TestImages.SCOPE, id).status() == ImageStatus.QUEUED);
    isSlow.set(false);
    assertThat(upload(id).status()).isEqualTo(ImageStatus.ACTIVE);
  }

  @Test
  void aCommitWhoseAnswerWasLostIsRepeated() {
    String id = TestImages.queued(registry);
    AtomicInteger commits = new AtomicInteger();
    service.close();
    service =
        service(
            new Uploads(registry) {
              @Override
              public Image commit(String uploadId, UploadResult result) {
                Image image = super.commit(uploadId, result);
                if (commits.incrementAndGet() == 1) {
                  throw new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "lost");
                }
                return image;
              }
            },
            store);

    assertThat(upload(id).status()).isEqualTo(ImageStatus.ACTIVE);

    assertThat(commits).hasValue(2);
  }

  @Test
  void bytesStayWhenNobodyKnowsWhetherTheyWereCommitted() {
    String id = TestImages.queued(registry);
    service.close();
    service =
        service(
            new Uploads(registry) {
              @Override
              public UploadLease start(Scope scope, String id, UploadStart start) {
                return new UploadLease(super.start(scope, id, start).key(), 1500, null);
              }

              @Override
              public UploadRenewal heartbeat(String uploadId, UploadProgress progress) {
                throw new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "down");
              }

              @Override
              public Image commit(String uploadId, UploadResult result) {
                super.commit(uploadId, result);
                throw new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "lost");
              }
            },
            store);

    assertThatThrownBy(() -> upload(id)).satisfies(code(ErrorCode.REGISTRY_UNAVAILABLE));

    Image image = registry.show(TestImages.SCOPE, id);
    assertThat(image.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(memory.size(StoreLocation.of(image.locations().getFirst().url())))
        .isEqualTo(OptionalLong.of(BYTES.length));
  }

  @Test
  void aCommitThatNeverArrivesIsGivenUpThoughHeartbeatsDoArrive() {
    String id = TestImages.queued(registry);
    service.close();
    service =
        service(
            new Uploads(registry) {
              @Override
              public UploadLease start(Scope scope, String id, UploadStart start) {
                return new UploadLease(super.start(scope, id, start).key(), 1500, null);
              }

              @Override
              public Image commit(String uploadId, UploadResult result) {
                throw new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "down");
              }
            },
            store);

    assertThatThrownBy(() -> upload(id)).satisfies(code(ErrorCode.REGISTRY_UNAVAILABLE));

    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
    // Whether to discard the bytes only the registry can know.
    assertThat(registry.pendingJobs()).isEqualTo(1);
  }

  @Test
  void anUploadStopsWhenItsLeaseRunsOut() {
    String id = TestImages.queued(registry);
    service.close();
    service =
        service(
            new Uploads(registry) {
              @Override
              public UploadLease start(Scope scope, String id, UploadStart start) {
                return new UploadLease(super.start(scope, id, start).key(), 1500, null);
              }

              @Override
              public UploadRenewal heartbeat(String uploadId, UploadProgress progress) {
                throw new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, "down");
              }
            },
            store);

    assertThatThrownBy(() -> upload(id, new Body(pool, BYTES).endless()))
        .satisfies(code(ErrorCode.REGISTRY_UNAVAILABLE));

    assertQueuedAndEmpty(id);
  }

  private Image upload(String id) {
    return service.upload(
        CALLER,
        null,
        id,
        new Announcement(OptionalLong.of(BYTES.length), null),
        new Body(pool, BYTES));
  }

  private Image upload(String id, Body body) {
    return service.upload(CALLER, null, id, new Announcement(OptionalLong.empty(), null), body);
  }

  private Image upload(String id, Body body, long announced) {
    return service.upload(
        CALLER, null, id, new Announcement(OptionalLong.of(announced), null), body);
  }

  private void assertQueuedAndEmpty(String id) {
    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
    StoreLocation at = StoreLocation.of("memory://memory/" + id);
    assertThatThrownBy(() -> memory.size(at)).isInstanceOf(StoreException.NotFound.class);
  }

  private ImageDataService service(UploadsApi uploads, Store store) {
    return new ImageDataService(
        registry,
        uploads,
        Stores.single(store),
        Policies.images(),
        quotas,
        lists(store),
        config(1L << 40));
  }

  private AccessLists lists(Store store) {
    return new AccessLists(Stores.single(store), registry, registry, registry);
  }

  private static DataConfig config(long sizeCap) {
    return new DataConfig() {
      @Override
      public String hashingAlgorithm() {
        return "sha256";
      }

      @Override
      public MemorySize imageSizeCap() {
        return new MemorySize(BigInteger.valueOf(sizeCap));
      }

      @Override
      public UploadConfig upload() {
        throw new UnsupportedOperationException("the service does not ask for these");
      }

      @Override
      public DownloadConfig download() {
        throw new UnsupportedOperationException("the service does not ask for these");
      }
    };
  }

  private static ThrowingConsumer<Throwable> code(ErrorCode code) {
    return e ->
        assertThat(e)
            .isInstanceOfSatisfying(
                GlanceException.class, glance -> assertThat(glance.code()).isEqualTo(code));
  }

  private static void await(Supplier<Boolean> condition) {
    Awaitility.await().until(condition::get);
  }

  /** Keeps nothing, so that it takes uploads of any size. */
  private static final class CountingStore extends FailingStore {
    final AtomicLong written = new AtomicLong();

    CountingStore(Store store) {
      super(store);
    }

    @Override
    public Upload upload(UploadKey key, OptionalLong sizeBytes) {
      return new Upload() {
        @Override
        public void write(ByteBuffer bytes) {
          written.addAndGet(bytes.remaining());
        }

        @Override
        public long written() {
          return written.get();
        }

        @Override
        public StoreLocation commit() {
          return StoreLocation.of("memory://memory/" + key.objectName());
        }

        @Override
        public void close() {}
      };
    }
  }

  /** Everything goes to the registry; tests override what they disturb. */
  private static class Uploads implements UploadsApi {
    private final UploadsApi registry;

    Uploads(UploadsApi registry) {
      this.registry = registry;
    }

    @Override
    public UploadLease start(Scope scope, String id, UploadStart start) {
      return registry.start(scope, id, start);
    }

    @Override
    public UploadRenewal heartbeat(String uploadId, UploadProgress progress) {
      return registry.heartbeat(uploadId, progress);
    }

    @Override
    public Image commit(String uploadId, UploadResult result) {
      return registry.commit(uploadId, result);
    }

    @Override
    public UploadLease startCopy(Scope scope, String id, UploadStart start) {
      return registry.startCopy(scope, id, start);
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
