package dev.glance.it;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nothing is lost and nothing is left, at whatever moment a process dies or stands still.
 *
 * <p>Four clients upload, download and delete. A fault comes at a moment that is random within a
 * phase of an upload or a delete, all phases in turn: chance alone would seldom meet the short
 * ones. What is slow on no disk here (fsync, link, unlink) strace holds up for some milliseconds.
 *
 * <p>{@code -Dglance.crash.faults=N} gives the faults of each kind, {@code -Dglance.crash.seed=N}
 * the seed that decides on sizes, calls, phases and the order of faults; how the machine's threads
 * take turns no seed decides.
 */
class RandomCrashIT {
  private static final int FAULTS_OF_A_KIND = Integer.getInteger("glance.crash.faults", 3);
  private static final long SEED = Long.getLong("glance.crash.seed", System.nanoTime());
  private static final int CLIENTS = 4;

  private static final Duration LEASE = Duration.ofSeconds(4);

  /** The registry looks for expired leases every 2 s. */
  private static final Duration EXPIRED = LEASE.plusMillis(2500);

  private static final Duration RECOVERED_WITHIN = LEASE.multipliedBy(2);

  /** For what did not recover in time, to tell "late" from "never". */
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private static final Duration PHASE_WITHIN = Duration.ofSeconds(20);
  private static final long LONGEST_RUN_UP_MILLIS = 400;
  private static final long LOOK_NANOS = 100_000;
  private static final double LEAST_SHARE = 0.05;

  private static final String HELD_UP_CALLS = "fsync,fdatasync,?link,?linkat,?unlink,?unlinkat";

  @RegisterExtension private final Installation glance = new Installation();

  private final Random random = new Random(SEED);
  private final Images images = glance.images();
  private final CrashWatch watch = new CrashWatch(glance.data().resolve("images"));
  private final List<CrashClient> clients =
      IntStream.range(0, CLIENTS).mapToObj(i -> new CrashClient(images, SEED + 1 + i)).toList();
  private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
  private final Map<CrashFault, Map<CrashPhase, Integer>> hits = new EnumMap<>(CrashFault.class);
  private final Map<String, String> checked = new HashMap<>();
  private final Findings findings = new Findings();
  private RegistryProxy proxy;

  /** What must not be, an entry for each image or file and fault. */
  private record Findings(
      List<String> late,
      List<String> stuck,
      List<String> orphans,
      List<String> wrongBytes,
      List<String> lost,
      List<String> undeleted) {
    Findings() {
      this(
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>(),
          new ArrayList<>());
    }

    String counts() {
      return "recovered late %d, images stuck %d, files orphaned %d, images with wrong bytes %d, acknowledged uploads lost %d, acknowledged deletes undone %d"
          .formatted(
              late.size(),
              stuck.size(),
              orphans.size(),
              wrongBytes.size(),
              lost.size(),
              undeleted.size());
    }

    List<String> all() {
      List<String> all = new ArrayList<>();
      List.of(late, stuck, orphans, wrongBytes, lost, undeleted).forEach(all::addAll);
      return all;
    }
  }

  /** What is there: the images by id, and the names of the files in the store's folder. */
  private record State(Map<String, JsonNode> images, Set<String> files) {
    List<String> stuck() {
      return images.values().stream()
          .filter(image -> !Set.of("queued", "active").contains(image.path("status").asText()))
          .map(image -> image.path("id").asText() + " is " + image.path("status").asText())
          .toList();
    }

    /** Files that are no active image's. */
    List<String> orphans() {
      return files.stream()
          .filter(
              file -> {
                JsonNode image = images.get(file.split("\\.", 2)[0]);
                return image == null || !image.path("status").asText().equals("active");
              })
          .toList();
    }

    boolean isClean() {
      return stuck().isEmpty() && orphans().isEmpty();
    }
  }

  @BeforeEach
  void start() throws IOException {
    proxy = new RegistryProxy(glance.registry().url(), watch);
    glance.registry().set("glance.registry.lease", LEASE.toSeconds() + "s");
    glance
        .api()
        .set("glance.api.registry.url", proxy.url())
        .set("glance.api.jobs.heartbeat-interval", "1s")
        .runBy(
            List.of(
                Tools.find("strace"),
                "-D",
                "-f",
                "--seccomp-bpf",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + HELD_UP_CALLS,
                "-e",
                "inject=" + HELD_UP_CALLS + ":delay_enter=15000"));
    glance.start();
  }

  @AfterEach
  void stop() throws IOException {
    threads.shutdownNow();
    glance.close();
    proxy.close();
  }

  @Test
  void nothingIsLostOrLeftWheneverAProcessDiesOrStandsStill() throws Exception {
    System.out.println("glance.crash.seed=" + SEED);
    List<CrashFault> faults =
        deck(CrashFault.values(), FAULTS_OF_A_KIND * CrashFault.values().length);
    List<CrashPhase> phases = deck(CrashPhase.values(), faults.size());
    for (int i = 0; i < faults.size(); i++) {
      round(i, faults.get(i), phases.get(i));
    }
    checked.clear();
    verify("in the end", state());

    String report = report(faults.size());
    System.out.println(report);
    Files.writeString(Path.of("target", "crash-report.txt"), report);
    assertThat(findings.all()).as(report).isEmpty();
    assertThat(clients).flatMap(CrashClient::wrongDownloads).isEmpty();
    assertThat(glance.api().command("store", "check", "--deep").output())
        .endsWith("0 findings, 0 removed\n");
    for (CrashPhase phase : CrashPhase.values()) {
      assertThat(hit(phase))
          .as(report)
          .isGreaterThanOrEqualTo((int) Math.ceil(LEAST_SHARE * faults.size()));
    }
  }

  /** Each value as often as each other, in random order. */
  private <T> List<T> deck(T[] values, int length) {
    List<T> deck = new ArrayList<>();
    while (deck.size() < length) {
      List<T> turn = new ArrayList<>(Arrays.asList(values));
      Collections.shuffle(turn, random);
      deck.addAll(turn);
    }
    return deck.subList(0, length);
  }

  private void round(int number, CrashFault fault, CrashPhase phase) throws Exception {
    String name = "fault " + (number + 1) + " " + fault + " in " + phase;
    List<Future<?>> running = new ArrayList<>();
    for (CrashClient client : clients) {
      running.add(threads.submit(client::run));
    }
    Thread.sleep(random.nextLong(LONGEST_RUN_UP_MILLIS));
    long postgres = glance.postgres().orElseThrow().pid();
    // What is seen last before the fault: with it the clients' calls end, and the phases with them.
    Set<CrashPhase> met = await(phase);
    strike(fault, postgres);
    met.forEach(
        each ->
            hits.computeIfAbsent(fault, _ -> new EnumMap<>(CrashPhase.class))
                .merge(each, 1, Integer::sum));
    clients.forEach(CrashClient::stop);
    long struck = System.nanoTime();
    mend(fault, postgres);
    long mended = System.nanoTime();
    boolean isInTime = awaitClean(running, RECOVERED_WITHIN);
    long recovered = System.nanoTime();
    System.out.printf(
        "%s: met %s, up again after %d ms, clean after %d ms more%s%n",
        name,
        met,
        TimeUnit.NANOSECONDS.toMillis(mended - struck),
        TimeUnit.NANOSECONDS.toMillis(recovered - mended),
        isInTime ? "" : " AND NOT CLEAN");
    if (!isInTime && awaitClean(running, PATIENCE)) {
      findings.late.add(name);
    }
    for (Future<?> client : running) {
      client.get(1, TimeUnit.MINUTES);
    }
    State state = state();
    state.stuck().forEach(image -> findings.stuck.add(name + ": " + image));
    state.orphans().forEach(file -> findings.orphans.add(name + ": " + file));
    verify(name, state);
    watch.forget();
  }

  private Set<CrashPhase> phases() {
    return watch.phases(clients.stream().flatMap(client -> client.images().stream()).toList());
  }

  /** Waits until some image is in the phase; all the phases that some image is in then. */
  private Set<CrashPhase> await(CrashPhase phase) {
    long deadline = System.nanoTime() + PHASE_WITHIN.toNanos();
    Set<CrashPhase> met = phases();
    while (!met.contains(phase)) {
      assertThat(System.nanoTime()).as("the time for a %s to come", phase).isLessThan(deadline);
      LockSupport.parkNanos(LOOK_NANOS);
      met = phases();
    }
    return met;
  }

  private void strike(CrashFault fault, long postgres) {
    switch (fault) {
      case KILL_API -> glance.api().kill();
      case KILL_REGISTRY -> glance.registry().kill();
      case KILL_POSTGRES -> ProcessHandle.of(postgres).ifPresent(ProcessHandle::destroyForcibly);
      case PAUSE_API -> glance.api().pause();
    }
  }

  /** Starts again what is dead, and waits until both services are ready. */
  private void mend(CrashFault fault, long postgres) throws InterruptedException {
    if (fault == CrashFault.PAUSE_API) {
      Thread.sleep(EXPIRED);
      glance.api().resume();
    }
    if (fault == CrashFault.KILL_POSTGRES) {
      Await.until(
          PATIENCE,
          "another PostgreSQL",
          () -> glance.postgres().filter(process -> process.pid() != postgres).isPresent());
    }
    glance.start();
  }

  private boolean awaitClean(List<Future<?>> running, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < deadline) {
      if (running.stream().allMatch(Future::isDone) && state().isClean()) {
        return true;
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    return false;
  }

  /** The files first: an image that becomes active meanwhile has its file among them or not. */
  private State state() {
    Await.until(PATIENCE, "a list of images", () -> images.list().statusCode() == 200);
    Set<String> files = new TreeSet<>();
    glance.imageFiles().forEach(file -> files.add(file.getFileName().toString()));
    Map<String, JsonNode> found = new HashMap<>();
    String page = "/v2/images?limit=1000";
    while (!page.isEmpty()) {
      JsonNode list = Images.json(images.get(page));
      list.path("images").forEach(image -> found.put(image.path("id").asText(), image));
      page = list.path("next").asText("");
    }
    return new State(found, files);
  }

  /** Holds what is there against what the clients were told. */
  private void verify(String when, State state) {
    for (CrashClient client : clients) {
      for (CrashImage image : client.images()) {
        verify(when, client, image, Optional.ofNullable(state.images.get(image.id)));
      }
    }
  }

  private void verify(String when, CrashClient client, CrashImage image, Optional<JsonNode> found) {
    String what = when + ": " + image.id;
    if (found.isEmpty()) {
      if (!image.isDeleteAsked()) {
        findings.lost.add(what + " is not there");
      }
      client.images().remove(image);
      return;
    }
    if (image.isDeleteAcknowledged()) {
      findings.undeleted.add(what);
    }
    boolean isActive = found.get().path("status").asText().equals("active");
    if (!isActive) {
      if (image.acknowledged().isPresent()) {
        findings.lost.add(what + " is " + found.get().path("status").asText());
      }
      return;
    }
    String shown = found.get().path("os_hash_value").asText();
    if (shown.equals(checked.put(image.id, shown))) {
      return;
    }
    String stored = CrashClient.sha512(images.download(image.id).body());
    boolean isKnown = image.acknowledged().map(shown::equals).orElseGet(() -> image.hasSent(shown));
    if (!isKnown || !stored.equals(shown)) {
      findings.wrongBytes.add(what);
    }
    image.learn(shown);
  }

  private int hit(CrashPhase phase) {
    return hits.values().stream().mapToInt(ofFault -> ofFault.getOrDefault(phase, 0)).sum();
  }

  /** A table in Markdown; a fault counts for each phase that some image was in. */
  private String report(int faults) {
    StringBuilder text = new StringBuilder("| fault |");
    List<CrashPhase> phases = List.of(CrashPhase.values());
    phases.forEach(phase -> text.append(" %s |".formatted(phase)));
    text.append("\n|---|").append("---|".repeat(phases.size())).append('\n');
    hits.forEach(
        (fault, of) ->
            text.append(
                "| %s (%d) | %s |%n"
                    .formatted(
                        fault,
                        FAULTS_OF_A_KIND,
                        phases.stream()
                            .map(phase -> "" + of.getOrDefault(phase, 0))
                            .collect(joining(" | ")))));
    text.append(
        "| all (%d) | %s |%n"
            .formatted(
                faults,
                phases.stream()
                    .map(phase -> "%d (%d %%)".formatted(hit(phase), 100 * hit(phase) / faults))
                    .collect(joining(" | "))));
    return text
        + "seed %d: %s%n%s%n".formatted(SEED, findings.counts(), String.join("\n", findings.all()));
  }
}
