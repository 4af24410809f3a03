package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.glance.it.RegistryProxy.Call;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A registry that answers slowly, or whose connections break before or after it has the call: each
 * upload ends in a queued image and no byte, or an active one and every byte.
 */
class RegistryFaultsIT {
  private static final Duration LEASE = Duration.ofSeconds(4);

  /** Longer than glance-api waits for an answer of the registry (2 s). */
  private static final Duration TOO_SLOW = Duration.ofMillis(2500);

  private static final Duration SLOW = Duration.ofSeconds(1);

  /** Longer than a lease, with heartbeats in it. */
  private static final Duration UPLOAD_TAKES = LEASE.plusSeconds(2);

  private static final int PIECES = 12;
  private static final int PIECE = 100_000;
  private static final int ALWAYS = Integer.MAX_VALUE;

  @RegisterExtension static final Installation glance = new Installation();

  private static final FaultyCalls faults = new FaultyCalls();
  private static RegistryProxy proxy;

  private final Images images = glance.images();

  /** Which call of an upload a fault is for. */
  private enum Step {
    START,
    HEARTBEAT,
    COMMIT,
    ABORT
  }

  /** What befalls it. */
  private enum Kind {
    RESET_BEFORE,
    RESET_AFTER,
    SLOW_BEFORE,
    TOO_SLOW_BEFORE,
    TOO_SLOW_AFTER
  }

  /**
   * A fault of one image's calls.
   *
   * @param times how many calls it befalls
   */
  private record Fault(Step step, Kind kind, int times) {}

  /** Befalls the calls of each image's uploads with that image's fault. */
  private static final class FaultyCalls implements RegistryProxy.Tap {
    private static final Pattern START = Pattern.compile("/uploads/images/([^/]+)");
    private static final Pattern OTHER = Pattern.compile("/uploads/([^/]+)(?:/([a-z]+))?");
    private static final Pattern UPLOAD_ID = Pattern.compile("\"uploadId\":\"([^\"]+)\"");

    private final Map<String, Fault> faults = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final Map<String, String> imageOfUpload = new ConcurrentHashMap<>();

    void set(String id, Fault fault) {
      counts.put(id, new AtomicInteger());
      faults.put(id, fault);
    }

    /** How many calls it has befallen. */
    int count(String id) {
      return counts.getOrDefault(id, new AtomicInteger()).get();
    }

    @Override
    public void before(Call call) throws IOException, InterruptedException {
      String image = image(call);
      Fault fault = faults.get(image);
      if (fault == null || step(call) != fault.step || !isDue(image, fault)) {
        return;
      }
      switch (fault.kind) {
        case RESET_BEFORE -> throw new IOException("reset");
        case SLOW_BEFORE -> Thread.sleep(SLOW);
        case TOO_SLOW_BEFORE -> Thread.sleep(TOO_SLOW);
        case RESET_AFTER, TOO_SLOW_AFTER -> {}
      }
    }

    @Override
    public void after(Call call) throws IOException, InterruptedException {
      String image = image(call);
      Fault fault = faults.get(image);
      if (fault == null || step(call) != fault.step || count(image) > fault.times) {
        return;
      }
      switch (fault.kind) {
        case RESET_AFTER -> throw new IOException("reset");
        case TOO_SLOW_AFTER -> Thread.sleep(TOO_SLOW);
        case RESET_BEFORE, SLOW_BEFORE, TOO_SLOW_BEFORE -> {}
      }
    }

    private boolean isDue(String image, Fault fault) {
      AtomicInteger count = counts.get(image);
      return count != null && count.incrementAndGet() <= fault.times;
    }

    private String image(Call call) {
      Matcher start = START.matcher(call.path());
      if (start.matches()) {
        Matcher uploadId = UPLOAD_ID.matcher(call.body());
        if (uploadId.find()) {
          imageOfUpload.put(uploadId.group(1), start.group(1));
        }
        return start.group(1);
      }
      Matcher other = OTHER.matcher(call.path());
      return other.matches() ? imageOfUpload.getOrDefault(other.group(1), "") : "";
    }

    private static Step step(Call call) {
      String path = call.path();
      if (START.matcher(path).matches()) {
        return Step.START;
      }
      if (path.endsWith("/heartbeat")) {
        return Step.HEARTBEAT;
      }
      return path.endsWith("/commit") ? Step.COMMIT : Step.ABORT;
    }
  }

  @BeforeAll
  static void start() throws IOException {
    proxy = new RegistryProxy(glance.registry().url(), faults);
    glance.registry().set("glance.registry.lease", LEASE.toSeconds() + "s");
    glance.api().set("glance.api.registry.url", proxy.url());
    glance.start();
  }

  @AfterAll
  static void stop() throws IOException {
    glance.close();
    proxy.close();
  }

  /** All at the same time: each waits for leases most of the time. */
  @Test
  void everyUploadEndsWithEveryByteOrNone() {
    List<Future<?>> uploads = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Step step : Step.values()) {
        for (Kind kind : Kind.values()) {
          for (int times : new int[] {1, ALWAYS}) {
            Fault fault = new Fault(step, kind, times);
            uploads.add(threads.submit(() -> upload(fault)));
          }
        }
      }
    }
    assertAll(uploads.stream().map(upload -> () -> upload.get()));
  }

  private void upload(Fault fault) {
    byte[] bytes = new byte[PIECES * PIECE];
    new Random(1).nextBytes(bytes);
    String id = images.create(fault.toString());
    faults.set(id, fault);

    int answer = send(id, bytes, fault);

    Await.until(
        LEASE.multipliedBy(2),
        fault + " was answered with " + answer + " and left neither queued nor active",
        () -> List.of("queued", "active").contains(images.status(id)));
    if (images.status(id).equals("active")) {
      assertThat(images.download(id).body()).as("the bytes after %s", fault).isEqualTo(bytes);
      assertThat(files(id)).as("files after %s", fault).isEqualTo(1);
    } else {
      assertThat(answer).as("the answer to an upload that failed by %s", fault).isNotEqualTo(204);
      Await.until(LEASE.multipliedBy(2), fault + " left files", () -> files(id) == 0);
      faults.set(id, new Fault(Step.START, Kind.SLOW_BEFORE, 0));
      // A call that was on its way for long may have taken one lease more.
      Await.until(
          LEASE.multipliedBy(2),
          "no upload was taken after " + fault,
          () -> images.upload(id, bytes).statusCode() == 204);
    }
  }

  /** The status; 0 when the connection broke. Where the fault is in giving up, the client does. */
  private int send(String id, byte[] bytes, Fault fault) {
    try (SlowUpload upload = images.beginUpload(id, bytes.length)) {
      for (int i = 0; i < PIECES; i++) {
        if (fault.step == Step.ABORT && i == PIECES / 2) {
          return 0;
        }
        upload.send(Arrays.copyOfRange(bytes, i * PIECE, (i + 1) * PIECE));
        Thread.sleep(UPLOAD_TAKES.dividedBy(PIECES));
      }
      return upload.answer();
    } catch (UncheckedIOException _) {
      return 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long files(String id) {
    return glance.imageFiles().stream()
        .filter(file -> file.getFileName().toString().startsWith(id))
        .count();
  }
}
