package dev.glance.model.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi.ImageChange;
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.Limits.StorageLimit;
import dev.glance.model.registry.QuotasApi.Usage;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import dev.glance.model.registry.UploadsApi.UploadRenewal;
import dev.glance.model.registry.UploadsApi.UploadResult;
import dev.glance.model.registry.UploadsApi.UploadStart;
import dev.glance.model.registry.UploadsApi.WantedBytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every registry makes of limits: no order of calls takes a project past one. */
public abstract class QuotaContract {
  private static final long STEP = UploadsApi.RESERVATION_STEP_BYTES;

  private final String project = UUID.randomUUID().toString();
  private final Scope member = new Scope(project, "user", List.of("member"), false, false);
  private final Scope admin = new Scope("ops", "root", List.of("admin"), true, false);

  /** The image calls of the registry under test. */
  protected abstract ImagesApi images();

  /** The upload calls of the registry under test. */
  protected abstract UploadsApi uploads();

  /** The usage calls of the registry under test. */
  protected abstract QuotasApi quotas();

  /** Lets time pass for everything that expires or falls due. */
  protected abstract void passTime(Duration duration);

  /** Runs now what the registry else runs by itself every few seconds. */
  protected abstract void sweep();

  /** The ways in which an upload ends without an image. */
  enum End {
    ABORT,
    ABORT_WITHOUT_DISCARD,
    LEASE_EXPIRY,
    DELETE_UNDER_WAY,
    DELETE_AFTER_COMMIT
  }

  @Test
  void anAnnouncedSizeIsReservedWhole() {
    UploadLease lease = start(60L, bytes(100));

    assertThat(lease.reservedBytes()).isEqualTo(60);
    assertThat(usage().storedBytes()).isEqualTo(60);
    assertExceeded("user_storage_quota", () -> start(41L, bytes(100)));
    assertThat(start(40L, bytes(100)).reservedBytes()).isEqualTo(40);
    assertExceeded("user_storage_quota", () -> start(1L, bytes(100)));
    assertThat(start(0L, bytes(100)).reservedBytes()).isZero();
  }

  @Test
  void aRefusedUploadLeavesTheImageQueued() {
    String id = create();

    assertExceeded("user_storage_quota", () -> start(id, 101L, bytes(100)));

    assertThat(images().show(member, id).status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(usage()).isEqualTo(new Usage(0, 0, 1, 0));
    assertThat(start(id, 100L, bytes(100)).key().attempt()).isEqualTo(1);
  }

  @Test
  void anUnknownSizeIsReservedInSteps() {
    Limits limits = bytes(3 * STEP + 5);
    UploadLease lease = start(null, limits);
    assertThat(lease.reservedBytes()).isEqualTo(STEP);

    assertThat(extend(lease, 2 * STEP, limits)).isEqualTo(2 * STEP);
    assertThat(extend(lease, 2 * STEP, limits)).as("repeated").isEqualTo(2 * STEP);
    assertThat(extend(lease, STEP, limits)).as("never less").isEqualTo(2 * STEP);
    UploadLease other = start(null, limits);
    assertThat(other.reservedBytes()).isEqualTo(STEP);
    assertThat(extend(other, 2 * STEP, limits)).as("what is left").isEqualTo(STEP + 5);
    assertThat(extend(lease, 3 * STEP, limits)).as("nothing is left").isEqualTo(2 * STEP);
    assertRefused(ErrorCode.LIMIT_RESERVED, () -> start(null, limits));
    assertThat(usage().storedBytes()).isEqualTo(3 * STEP + 5);
  }

  @Test
  void whatIsReservedAheadIsToldFromWhatIsUsed() {
    UploadLease lease = start(null, bytes(STEP));
    uploads().heartbeat(upload(lease), new UploadProgress(10));

    assertRefused(ErrorCode.LIMIT_RESERVED, () -> start(STEP - 10, bytes(STEP)));
    assertExceeded("user_storage_quota", () -> start(STEP - 9, bytes(STEP)));
    uploads().heartbeat(upload(lease), new UploadProgress(STEP));
    assertExceeded("user_storage_quota", () -> start(1L, bytes(STEP)));
    assertExceeded("user_storage_quota", () -> start(null, bytes(STEP)));
  }

  @Test
  void aWriterLearnsWhetherMoreMayComeFree() {
    Limits limits = bytes(STEP + 10);
    UploadLease first = start(null, limits);
    UploadLease second = start(null, limits);

    assertThat(wanted(second, 5, 20, limits)).isEqualTo(new UploadRenewal(10L, true));
    uploads().heartbeat(upload(first), new UploadProgress(STEP));
    assertThat(wanted(second, 5, 20, limits)).isEqualTo(new UploadRenewal(10L, false));
    commit(first, 0);
    assertThat(wanted(second, 5, 20, limits)).isEqualTo(new UploadRenewal(20L, false));
  }

  private UploadRenewal wanted(UploadLease lease, long bytes, long total, Limits limits) {
    // How much is written counts from the heartbeat before.
    uploads().heartbeat(upload(lease), new UploadProgress(bytes));
    return uploads()
        .heartbeat(upload(lease), new UploadProgress(bytes, new WantedBytes(total, limits)));
  }

  @Test
  void aCommitKeepsTheSizeAndGivesTheRestBack() {
    UploadLease lease = start(null, bytes(STEP));

    commit(lease, 10);

    assertThat(usage()).isEqualTo(new Usage(10, 0, 1, 0));
    assertThat(start(STEP - 10, bytes(STEP)).reservedBytes()).isEqualTo(STEP - 10);
  }

  @Test
  void noMoreIsCommittedThanWasReserved() {
    UploadLease lease = start(10L, bytes(100));

    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> commit(lease, 11));

    assertThat(commit(lease, 10).status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(commit(lease, 10).status()).as("repeated").isEqualTo(ImageStatus.ACTIVE);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsGivenBackIsUsableAtOnce(End end) {
    String id = create();
    UploadLease lease = start(id, 100L, bytes(100));
    switch (end) {
      case ABORT -> uploads().abort(upload(lease), new UploadFailure(true, "cut"));
      case ABORT_WITHOUT_DISCARD -> uploads().abort(upload(lease), new UploadFailure(false, "cut"));
      case LEASE_EXPIRY -> {
        passTime(FakeRegistry.LEASE.plusSeconds(1));
        assertExceeded("user_storage_quota", () -> start(1L, bytes(100)));
        sweep();
      }
      case DELETE_UNDER_WAY -> images().delete(member, id);
      case DELETE_AFTER_COMMIT -> {
        commit(lease, 100);
        assertExceeded("user_storage_quota", () -> start(1L, bytes(100)));
        images().delete(member, id);
      }
    }

    assertThat(usage().storedBytes()).isZero();
    assertThat(start(100L, bytes(100)).reservedBytes()).isEqualTo(100);
  }

  @Test
  void anImageUploadedTwiceCountsOnce() {
    String id = create();
    uploads().abort(upload(start(id, 60L, bytes(100))), new UploadFailure(false, "cut"));

    commit(start(id, 100L, bytes(100)), 100);

    assertThat(usage().storedBytes()).isEqualTo(100);
  }

  @Test
  void aLimitLoweredBelowTheUsageRefusesMoreAndBreaksNothing() {
    UploadLease early = start(null, bytes(STEP + 10));

    assertThat(extend(early, 2 * STEP, bytes(5))).isEqualTo(STEP);
    assertExceeded("user_storage_quota", () -> start(STEP, bytes(5)));
    assertThat(commit(early, STEP).status()).isEqualTo(ImageStatus.ACTIVE);
    images().delete(member, early.key().imageId());
    assertThat(start(5L, bytes(5)).reservedBytes()).isEqualTo(5);
  }

  @Test
  void uploadsStartedWithoutALimitCountOnceThereIsOne() {
    UploadLease announced = uploads().start(member, create(), new UploadStart("file", "w", 60L));
    UploadLease unknown = uploads().start(member, create(), new UploadStart("file", "w", null));
    uploads().heartbeat(upload(unknown), new UploadProgress(30));

    assertThat(announced.reservedBytes()).isNull();
    assertThat(unknown.reservedBytes()).isNull();
    assertThat(usage().storedBytes()).isEqualTo(90);
    assertExceeded("user_storage_quota", () -> start(11L, bytes(100)));
    assertThat(start(10L, bytes(100)).reservedBytes()).isEqualTo(10);
    assertThat(commit(unknown, 1000).status()).isEqualTo(ImageStatus.ACTIVE);
  }

  @Test
  void sizesNearTheLargestNumberDoNotWrapAround() {
    long max = Long.MAX_VALUE;
    commit(start(max - 5, bytes(max)), max - 5);

    assertExceeded("user_storage_quota", () -> start(6L, bytes(max)));
    assertExceeded("user_storage_quota", () -> start(max, bytes(max)));
    UploadLease rest = start(null, bytes(max));
    assertThat(rest.reservedBytes()).isEqualTo(5);
    assertThat(extend(rest, max, bytes(max))).isEqualTo(5);
    commit(uploads().start(member, create(), new UploadStart("file", "w", max)), max);
    assertThat(usage().storedBytes()).isEqualTo(max);
    assertExceeded("user_storage_quota", () -> start(1L, bytes(max)));
  }

  @Test
  void anotherProjectsUsageDoesNotCount() {
    String foreign = UUID.randomUUID().toString();
    start(create(foreign), 100L, new Limits(foreign, bytes(100).storage(), null, null));

    assertThat(start(100L, bytes(100)).reservedBytes()).isEqualTo(100);
  }

  @Test
  void limitsMustBeThoseOfTheOwner() {
    String id = create("somebody-else");

    assertRefused(ErrorCode.VERSION_CONFLICT, () -> start(id, 1L, bytes(100)));

    assertThat(images().show(admin, id).status()).isEqualTo(ImageStatus.QUEUED);
  }

  @Test
  void imagesAreCounted() {
    Limits limits = new Limits(project, null, 2L, null);
    NewImage second = newImage(limits);
    images().create(member, newImage(limits));
    images().create(member, second);

    assertExceeded("image_count_total", () -> images().create(member, newImage(limits)));
    assertRefused(ErrorCode.IMAGE_EXISTS, () -> images().create(member, second));
    assertThat(usage().images()).isEqualTo(2);
    images().delete(member, String.valueOf(second.id()));
    assertThat(images().create(member, newImage(limits)).status()).isEqualTo(ImageStatus.QUEUED);
  }

  @Test
  void uploadsUnderWayAreCounted() {
    Limits limits = new Limits(project, null, null, 2L);
    UploadLease first = start(1L, limits);
    start(null, limits);
    String third = create();

    assertThat(first.reservedBytes()).isNull();
    assertExceeded("image_count_uploading", () -> start(third, 1L, limits));
    assertThat(usage().uploading()).isEqualTo(2);
    commit(first, 1);
    assertThat(start(third, 1L, limits).key().imageId()).isEqualTo(third);
  }

  @Test
  void anImageIsGivenOnlyToAnOwnerWhoHasRoomForIt() {
    String heir = UUID.randomUUID().toString();
    UploadLease lease = start(100L, bytes(100));
    commit(lease, 100);
    Image image = images().show(member, lease.key().imageId());

    assertRefused(
        ErrorCode.LIMIT_EXCEEDED,
        () -> give(image, heir, new Limits(heir, new StorageLimit("q", 99), null, null)));
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED, () -> give(image, heir, new Limits(heir, null, 0L, null)));
    assertThat(images().show(admin, image.id())).isEqualTo(image);
    give(image, heir, new Limits(heir, new StorageLimit("q", 100), 1L, 0L));

    assertThat(usage().storedBytes()).isZero();
    assertThat(quotas().usage(heir)).isEqualTo(new Usage(100, 0, 1, 0));
  }

  @Test
  void anUploadUnderWayGoesWithItsImage() {
    String heir = UUID.randomUUID().toString();
    UploadLease lease = start(null, bytes(STEP));
    Image image = images().show(member, lease.key().imageId());
    Limits heirs = new Limits(heir, new StorageLimit("q", STEP), null, 1L);
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED,
        () -> give(image, heir, new Limits(heir, new StorageLimit("q", STEP - 1), null, null)));
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED, () -> give(image, heir, new Limits(heir, null, null, 0L)));

    give(image, heir, heirs);

    assertThat(usage().storedBytes()).isZero();
    assertThat(quotas().usage(heir).storedBytes()).isEqualTo(STEP);
    assertRefused(ErrorCode.VERSION_CONFLICT, () -> extend(lease, 2 * STEP, bytes(10 * STEP)));
    assertThat(commit(lease, 10).owner()).isEqualTo(heir);
    assertThat(quotas().usage(heir).storedBytes()).isEqualTo(10);
  }

  @Test
  void aLimitThatIsLiftedUnderWayHoldsNobodyUp() {
    UploadLease lease = start(null, bytes(STEP));

    assertThat(extend(lease, 5 * STEP, new Limits(project, null, null, null))).isEqualTo(5 * STEP);
  }

  @Test
  void aProjectWithNothingUsesNothing() {
    assertThat(quotas().usage("nobody & nothing/ü")).isEqualTo(new Usage(0, 0, 0, 0));
  }

  @Test
  void noInterleavingPassesTheLimits() throws Exception {
    long limit = 3 * STEP;
    Limits limits = new Limits(project, new StorageLimit("q", limit), 8L, 4L);
    AtomicBoolean isOver = new AtomicBoolean();
    long seed = new Random().nextLong();
    List<Callable<Integer>> calls = new ArrayList<>();
    for (int worker = 0; worker < 6; worker++) {
      Random random = new Random(seed + worker);
      calls.add(() -> useAtRandom(limits, random));
    }
    calls.add(
        () -> {
          int samples = 0;
          while (!isOver.get()) {
            Usage usage = quotas().usage(project);
            assertThat(usage.storedBytes()).as("seed %d", seed).isBetween(0L, limit);
            assertThat(usage.images()).isBetween(0L, 8L);
            assertThat(usage.uploading()).isBetween(0L, 4L);
            samples++;
          }
          return samples;
        });
    try (ExecutorService threads = Executors.newFixedThreadPool(calls.size())) {
      List<Future<Integer>> results = calls.stream().map(threads::submit).toList();
      try {
        int successes = 0;
        for (Future<Integer> worker : results.subList(0, 6)) {
          successes += worker.get();
        }
        assertThat(successes).as("seed %d", seed).isPositive();
      } finally {
        isOver.set(true);
      }
      assertThat(results.getLast().get()).isPositive();
    }
    assertThat(usage()).as("all was given back, seed %d", seed).isEqualTo(new Usage(0, 0, 0, 0));
  }

  /** Creates, uploads, extends, commits, aborts and deletes; how many uploads were committed. */
  private int useAtRandom(Limits limits, Random random) {
    int successes = 0;
    for (int round = 0; round < 25; round++) {
      String id = null;
      try {
        id = images().create(member, newImage(limits)).id();
        Long size = random.nextBoolean() ? null : random.nextLong(2 * STEP);
        UploadLease lease = start(id, size, limits);
        long reserved = lease.reservedBytes() == null ? 0 : lease.reservedBytes();
        if (size == null) {
          reserved = extend(lease, random.nextLong(3 * STEP), limits);
        }
        switch (random.nextInt(4)) {
          case 0 -> uploads().abort(upload(lease), new UploadFailure(random.nextBoolean(), "cut"));
          case 1 -> images().delete(member, id);
          default -> {
            commit(lease, size == null ? random.nextLong(reserved + 1) : size);
            successes++;
          }
        }
      } catch (GlanceException e) {
        assertThat(e.code()).isIn(ErrorCode.LIMIT_EXCEEDED, ErrorCode.LIMIT_RESERVED);
      }
      if (id != null) {
        deleteIfThere(id);
      }
    }
    return successes;
  }

  private void deleteIfThere(String id) {
    try {
      images().delete(member, id);
    } catch (GlanceException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.IMAGE_NOT_FOUND);
    }
  }

  // Words of the cases

  private Limits bytes(long limit) {
    return new Limits(project, new StorageLimit("user_storage_quota", limit), null, null);
  }

  private Usage usage() {
    return quotas().usage(project);
  }

  private String create() {
    return create(project);
  }

  private String create(String owner) {
    return images().create(admin, new NewImage(null, attributes(owner))).id();
  }

  private NewImage newImage(Limits limits) {
    return new NewImage(UUID.randomUUID().toString(), attributes(project), limits);
  }

  private static ImageAttributes attributes(String owner) {
    return new ImageAttributes(
        "x", Visibility.SHARED, false, false, owner, List.of(), 0, 0, "bare", "raw", Map.of());
  }

  private void give(Image image, String heir, Limits limits) {
    images().update(admin, image.id(), new ImageChange(image.version(), attributes(heir), limits));
  }

  private UploadLease start(@Nullable Long size, Limits limits) {
    return start(create(), size, limits);
  }

  private UploadLease start(String id, @Nullable Long size, Limits limits) {
    return uploads().start(admin, id, new UploadStart("file", "worker-1", size, limits));
  }

  private long extend(UploadLease lease, long total, Limits limits) {
    Long reserved =
        uploads()
            .heartbeat(upload(lease), new UploadProgress(1, new WantedBytes(total, limits)))
            .reservedBytes();
    return Objects.requireNonNull(reserved);
  }

  private Image commit(UploadLease lease, long size) {
    return uploads()
        .commit(
            upload(lease),
            new UploadResult(
                new Location("file:///images/" + lease.key().objectName(), Map.of("store", "file")),
                size,
                null,
                "900150983cd24fb0d6963f7d28e17f72",
                "sha512",
                "ddaf35a193617aba"));
  }

  private static String upload(UploadLease lease) {
    return lease.key().uploadId();
  }

  private static void assertExceeded(String limit, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GlanceException.class,
            refusal -> {
              assertThat(refusal.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
              assertThat(refusal.message()).contains(limit);
            });
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GlanceException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }
}
