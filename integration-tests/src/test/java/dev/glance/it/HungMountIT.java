package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store whose directory hangs, as an NFS mount does when its server is away: bindfs mounts a
 * folder, and is stopped. What is asked of that store is 503 in time; nobody else notices.
 */
class HungMountIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int IMAGES = 80;

  @TempDir static Path folder;

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private static @Nullable Process bindfs;

  private final Http http = new Http(glance.api().url());
  private final byte[] bytes = new byte[3_000_001];

  HungMountIT() {
    new Random(1).nextBytes(bytes);
  }

  @BeforeAll
  static void start() throws IOException {
    String tool = Tools.find("bindfs");
    Path real = Files.createDirectory(folder.resolve("real"));
    Path mount = Files.createDirectory(folder.resolve("mount"));
    bindfs =
        new ProcessBuilder(
                tool,
                "-f",
                "-o",
                "attr_timeout=0,entry_timeout=0",
                real.toString(),
                mount.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("bindfs.log").toFile())
            .start();
    Await.until(
        SOON,
        "bindfs has mounted",
        () -> {
          try {
            return Files.readString(Path.of("/proc/mounts")).contains(" " + mount + " ");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    glance
        .api()
        .set("glance.stores.nfs.type", "file")
        .set("glance.stores.nfs.file.directory", mount.resolve("images").toString())
        .set("glance.stores.nfs.file.timeout", "2s")
        .set("glance.stores.disk.type", "file")
        .set("glance.stores.disk.file.directory", folder.resolve("disk").toString())
        .set("glance.api.default-store", "disk");
    glance.start();
  }

  @AfterAll
  static void unmount() throws IOException, InterruptedException {
    if (bindfs != null) {
      signal("CONT");
      assertThat(
              new ProcessBuilder("umount", "--lazy", folder.resolve("mount").toString())
                  .start()
                  .waitFor())
          .isZero();
      bindfs.destroy();
      assertThat(bindfs.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void signal(String name) {
    Signals.send(name, Objects.requireNonNull(bindfs).pid());
  }

  @Test
  void aStoreThatHangsIs503AndNobodyElseNotices() throws Exception {
    String kept = glance.images().create("kept");
    assertThat(upload(kept, "nfs").statusCode()).isEqualTo(204);
    String local = glance.images().create("local", bytes);
    List<String> queued = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      queued.add(glance.images().create("queued"));
    }

    signal("STOP");
    List<Future<Integer>> hung = new ArrayList<>();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String id : queued) {
        hung.add(clients.submit(() -> upload(id, "nfs").statusCode()));
        hung.add(clients.submit(() -> glance.images().download(kept).statusCode()));
      }
      for (int i = 0; i < 20; i++) {
        assertSoon("/healthcheck/live");
        assertSoon("/v2/images/" + kept);
        assertThat(glance.images().download(local).body()).isEqualTo(bytes);
      }
      for (Future<Integer> answer : hung) {
        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(503);
      }
    }
    HttpResponse<byte[]> refused = glance.images().download(kept);
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(Images.text(refused)).contains("The image store cannot be reached. Try again.");
    assertThat(threads("disk-")).isLessThanOrEqualTo(2 * 64);
    Await.until(SOON, "readiness names the store", () -> !ready().findPath("nfs").isMissingNode());
    assertThat(ready().path("status").asText()).isEqualTo("UP");
    String other = glance.images().create("other", bytes);
    assertThat(glance.images().download(other).body()).isEqualTo(bytes);

    signal("CONT");
    Await.until(
        SOON, "the store is back", () -> glance.images().download(kept).statusCode() == 200);
    assertThat(glance.images().download(kept, "Range", "bytes=1-3").body()).hasSize(3);
    String again = queued.getFirst();
    assertThat(glance.images().status(again)).isEqualTo("queued");
    assertThat(upload(again, "nfs").statusCode()).isEqualTo(204);
    glance.images().delete(again);
    glance.images().delete(kept);
    try {
      Await.until(Duration.ofSeconds(60), "nothing is left", () -> left().isEmpty());
    } catch (AssertionError e) {
      throw new AssertionError("left are " + left(), e);
    }
  }

  private HttpResponse<byte[]> upload(String id, String store) {
    return http.send(
        "PUT",
        "/v2/images/" + id + "/file",
        bytes,
        "Content-Type",
        "application/octet-stream",
        "X-Image-Meta-Store",
        store);
  }

  private void assertSoon(String path) {
    long begun = System.nanoTime();
    assertThat(http.status(path)).as(path).isEqualTo(200);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).as(path).isLessThan(SOON);
  }

  private static JsonNode ready() {
    return Images.json(new Http(glance.api().url()).get("/healthcheck/ready"));
  }

  private static long threads(String name) throws IOException {
    try (var tasks = Files.list(Path.of("/proc", Long.toString(glance.api().pid()), "task"))) {
      return tasks
          .filter(
              task -> {
                try {
                  return Files.readString(task.resolve("comm")).startsWith(name);
                } catch (IOException _) {
                  return false; // It has ended.
                }
              })
          .count();
    }
  }

  private static List<Path> left() {
    try (var files = Files.walk(folder.resolve("real"))) {
      return files.filter(Files::isRegularFile).toList();
    } catch (IOException | UncheckedIOException _) {
      return left();
    }
  }
}
