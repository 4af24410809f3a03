package dev.glance.api.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.member.AccessLists;
import dev.glance.api.store.FailingStore;
import dev.glance.api.store.FailingStore.Point;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.api.store.Upload;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.JobsApi.JobClaim;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.UploadKey;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadResult;
import dev.glance.model.registry.UploadsApi.UploadStart;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobRunnerTest {
  private static final String STORE = "fast";
  private static final Scope ADMIN = Scope.service();

  private static final Duration TICK = Duration.ofMillis(5);

  private final FakeRegistry registry = new FakeRegistry();
  private final FailingStore store = new FailingStore(new MemoryStore(STORE, null, 0));
  private final Stores stores = Stores.of(List.of(store), STORE);
  private final JobRunner runner = runner(stores, TICK);

  @AfterEach
  void stop() {
    runner.stop();
  }

  @Test
  void removesTheBytesOfADeletedImage() {
    StoreLocation at = activeImage("1");
    registry.delete(ADMIN, id("1"));

    runner.start();

    await(() -> registry.pendingJobs() == 0);
    assertGone(at);
  }

  @Test
  void removesTheBytesOfASingleStore() {
    Stores single = Stores.single(store);
    JobRunner runner = runner(single, TICK);
    StoreLocation at = activeImage("1", single);
    registry.delete(ADMIN, id("1"));

    runner.start();

    await(() -> registry.pendingJobs() == 0);
    assertGone(at);
    runner.stop();
  }

  @Test
  void discardsWhatAnUploadLeft() {
    StoreLocation at = abandonedUpload("1");

    runner.start();

    await(() -> registry.pendingJobs() == 0);
    assertGone(at);
  }

  @Test
  void bytesThatAreGoneAlreadyAreFine() {
    StoreLocation at = activeImage("1");
    registry.delete(ADMIN, id("1"));
    store.delete(at);

    runner.start();

    await(() -> registry.pendingJobs() == 0);
  }

  @Test
  void aFailingStoreIsTriedAgainLater() {
    StoreLocation at = activeImage("1");
    registry.delete(ADMIN, id("1"));
    AtomicInteger attempts = new AtomicInteger();
    store.failAt(
        Point.DELETE,
        () -> {
          attempts.incrementAndGet();
          return new StoreException.Unavailable("store is away", null);
        });
    runner.start();
    await(() -> attempts.get() == 1);
    awaitCalls(10);
    assertThat(attempts).as("while the registry holds the job back").hasValue(1);
    store.heal();

    registry.passTime(Duration.ofMinutes(6));

    await(() -> registry.pendingJobs() == 0);
    assertGone(at);
  }

  @Test
  void oneFailingJobHoldsUpNoOther() {
    abandonedUpload("1");
    StoreLocation at = activeImage("2");
    registry.delete(ADMIN, id("2"));
    store.failAt(Point.DISCARD, () -> new StoreException.Unavailable("store is away", null));

    runner.start();

    await(() -> registry.pendingJobs() == 1);
    assertGone(at);
  }

  @Test
  void aStoreThatThisNodeLacksIsLeftToAnother() {
    StoreLocation at = activeImage("1");
    registry.delete(ADMIN, id("1"));
    JobRunner other = runner(Stores.of(List.of(new MemoryStore("slow", null, 0)), "slow"), TICK);
    try (LoggedLines lines = new LoggedLines()) {
      other.start();
      await(() -> lines.contain("store fast is not configured"));
    }
    other.stop();
    assertThat(registry.pendingJobs()).isEqualTo(1);
    assertThat(store.size(at)).hasValue(3);

    registry.passTime(Duration.ofMinutes(6));
    runner.start();

    await(() -> registry.pendingJobs() == 0);
    assertGone(at);
  }

  @Test
  void aJobThatAnotherClaimedAndLostIsDoneAgain() {
    StoreLocation at = activeImage("1");
    registry.delete(ADMIN, id("1"));
    assertThat(registry.claim(new JobClaim("dead", 1))).hasSize(1);
    store.delete(at);
    registry.passTime(FakeRegistry.LEASE.plusSeconds(1));

    runner.start();

    await(() -> registry.pendingJobs() == 0);
  }

  @Test
  void twoRunnersShareTheWork() {
    List<StoreLocation> locations =
        List.of("1", "2", "3", "4", "5", "6", "7", "8", "9").stream()
            .map(this::activeImage)
            .toList();
    for (int i = 1; i <= locations.size(); i++) {
      registry.delete(ADMIN, id(String.valueOf(i)));
    }
    JobRunner other = runner(stores, TICK);

    runner.start();
    other.start();

    await(() -> registry.pendingJobs() == 0);
    locations.forEach(this::assertGone);
    other.stop();
  }

  @Test
  void aKickIsQuickerThanThePoll() {
    JobRunner lazy = runner(stores, Duration.ofHours(1));
    lazy.start();
    await(() -> registry.calls() > 0);
    StoreLocation at = activeImage("1");
    registry.delete(ADMIN, id("1"));

    lazy.kick();

    await(() -> registry.pendingJobs() == 0);
    assertGone(at);
    lazy.stop();
  }

  @Test
  void anOutageOfTheRegistryIsLoggedOnceAndSurvived() {
    StoreLocation at = activeImage("1");
    registry.delete(ADMIN, id("1"));
    try (LoggedLines lines = new LoggedLines()) {
      registry.setDown(true);
      runner.start();
      awaitCalls(5);
      registry.setDown(false);
      await(() -> registry.pendingJobs() == 0);

      assertThat(lines.lines)
          .satisfiesExactly(
              line -> assertThat(line).startsWith("WARN").contains("hands out no jobs"),
              line -> assertThat(line).startsWith("INFO").contains("again"));
    }
    assertGone(at);
  }

  @Test
  void keepsItsClaimWhileItWorks() {
    activeImage("1");
    registry.delete(ADMIN, id("1"));
    CountDownLatch working = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    store.failAt(
        Point.DELETE,
        () -> {
          working.countDown();
          await(release);
          return new StoreException.NotFound("gone", null);
        });
    JobRunner busy =
        new JobRunner(registry, stores, accessLists(stores), new Settings(TICK, TICK, 1));
    busy.start();
    await(working);

    // Its only slot is taken, so every call is a heartbeat.
    for (int i = 0; i < 4; i++) {
      awaitCalls(2);
      registry.passTime(FakeRegistry.LEASE.minusSeconds(3));
    }

    assertThat(registry.claim(new JobClaim("thief", 1))).isEmpty();
    release.countDown();
    await(() -> registry.pendingJobs() == 0);
    busy.stop();
  }

  @Test
  void stopsInTheMiddleOfAJob() {
    activeImage("1");
    registry.delete(ADMIN, id("1"));
    CountDownLatch working = new CountDownLatch(1);
    store.failAt(
        Point.DELETE,
        () -> {
          working.countDown();
          try {
            Thread.sleep(Duration.ofHours(1));
          } catch (InterruptedException e) {
            return new StoreException.Cancelled("interrupted", e);
          }
          throw new IllegalStateException("was not interrupted");
        });
    runner.start();
    await(working);

    runner.stop();

    assertThat(registry.pendingJobs()).as("left to another replica").isEqualTo(1);
  }

  private AccessLists accessLists(Stores stores) {
    return new AccessLists(stores, registry, registry, registry);
  }

  private JobRunner runner(Stores stores, Duration pollInterval) {
    return new JobRunner(
        registry, stores, accessLists(stores), new Settings(pollInterval, TICK, 2));
  }

  private StoreLocation activeImage(String digit) {
    return activeImage(digit, stores);
  }

  private StoreLocation activeImage(String digit, Stores stores) {
    UploadKey key = startedUpload(digit);
    StoreLocation at = stored(key);
    registry.commit(
        key.uploadId(),
        new UploadResult(stores.location(store, at), 3, null, "md5", "sha512", "hash"));
    return at;
  }

  private StoreLocation abandonedUpload(String digit) {
    UploadKey key = startedUpload(digit);
    StoreLocation at = stored(key);
    registry.abort(key.uploadId(), new UploadFailure(false, "the answer was lost"));
    return at;
  }

  private UploadKey startedUpload(String digit) {
    registry.create(
        ADMIN,
        new NewImage(
            id(digit),
            new ImageAttributes(
                null,
                Visibility.PRIVATE,
                false,
                false,
                "p",
                List.of(),
                0,
                0,
                "bare",
                "raw",
                Map.of())));
    return registry.start(ADMIN, id(digit), new UploadStart(STORE, "test", 3L)).key();
  }

  private StoreLocation stored(UploadKey key) {
    try (Upload upload = store.upload(key, OptionalLong.of(3))) {
      upload.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      return upload.commit();
    }
  }

  private void assertGone(StoreLocation at) {
    assertThatThrownBy(() -> store.size(at)).isInstanceOf(StoreException.NotFound.class);
  }

  private static String id(String digit) {
    return "00000000-0000-4000-8000-00000000000" + digit;
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("the condition was not met in time").isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Waits until the registry has been called so many times more. */
  private void awaitCalls(int count) {
    long calls = registry.calls();
    await(() -> registry.calls() >= calls + count);
  }

  private static void await(CountDownLatch latch) {
    await(() -> latch.getCount() == 0);
  }

  private record Settings(Duration pollInterval, Duration heartbeatInterval, int parallelism)
      implements JobsConfig {}

  /** What the runner logs at INFO and above, until closed. */
  private static final class LoggedLines extends Handler implements AutoCloseable {
    private final Logger logger = Logger.getLogger(JobRunner.class.getName());
    private final List<String> lines = new CopyOnWriteArrayList<>();

    LoggedLines() {
      logger.addHandler(this);
    }

    boolean contain(String text) {
      return lines.stream().anyMatch(line -> line.contains(text));
    }

    @Override
    public void publish(LogRecord line) {
      if (line.getLevel().intValue() >= Level.INFO.intValue()) {
        lines.add(
            line.getLevel() + " " + line.getMessage() + Arrays.toString(line.getParameters()));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
    }
  }
}
