package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A disk that fails with EIO at each call that an upload makes, and one that becomes read-only
 * under it. The image is queued again, and what could not be removed then is removed by the time
 * that the disk works again. {@code SharedDiskIT} has the full disk.
 */
class DiskFaultsIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration LEASE = Duration.ofSeconds(4);
  private static final Duration TWO_LEASES = LEASE.multipliedBy(2);

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private final Images images = glance.images();
  private final byte[] bytes = new byte[3 << 20];

  DiskFaultsIT() {
    new Random(1).nextBytes(bytes);
  }

  @BeforeAll
  static void configure() {
    glance.registry().set("glance.registry.lease", LEASE.toSeconds() + "s");
  }

  /**
   * Makes a system call of a running glance-api fail with EIO, everywhere or on some paths alone,
   * until it is closed.
   */
  private static final class BrokenCall implements AutoCloseable {
    private final Process strace;

    BrokenCall(String call, Path... paths) throws IOException {
      List<String> command =
          new ArrayList<>(
              List.of(
                  Tools.find("strace"),
                  "-f",
                  "-o",
                  "/dev/null",
                  "-e",
                  "trace=" + call,
                  "-e",
                  "inject=" + call + ":error=EIO",
                  "-p",
                  Long.toString(glance.api().pid())));
      for (Path path : paths) {
        command.addAll(List.of("-P", path.toString()));
      }
      strace = new ProcessBuilder(command).redirectErrorStream(true).start();
      assertThat(strace.inputReader().readLine()).contains("attached");
    }

    @Override
    public void close() {
      strace.destroy();
      strace.onExit().join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pwrite64", "fsync", "link", "unlink"})
  void anUploadOnABrokenDiskLeavesAQueuedImageAndInTheEndNoByte(String call) throws Exception {
    glance.start();
    String id = images.create("broken disk");

    try (BrokenCall _ = new BrokenCall(call)) {
      assertThat(images.upload(id, bytes).statusCode()).isEqualTo(503);

      Await.until(TWO_LEASES, "the image is queued", () -> images.status(id).equals("queued"));
    }

    glance.awaitImageFiles(0, TWO_LEASES);
    assertThat(images.upload(id, bytes).statusCode()).isEqualTo(204);
    assertThat(images.download(id).body()).isEqualTo(bytes);
    delete(id);
  }

  /** What an acknowledged upload outlives a power cut by, which no test here can make. */
  @ParameterizedTest
  @ValueSource(strings = {".uploads/%s.1.part", ""})
  void anUploadWhoseFileOrFolderCannotBeFlushedIsNotAcknowledged(String path) throws Exception {
    glance.start();
    String id = images.create("unflushed");
    Path broken = glance.data().toRealPath().resolve("images").resolve(path.formatted(id));

    try (BrokenCall _ = new BrokenCall("fsync", broken)) {
      assertThat(images.upload(id, bytes).statusCode()).isEqualTo(503);

      Await.until(TWO_LEASES, "the image is queued", () -> images.status(id).equals("queued"));
    }

    glance.awaitImageFiles(0, TWO_LEASES);
    assertThat(images.delete(id).statusCode()).isEqualTo(204);
  }

  @Test
  void aDeleteIsAnsweredThoughTheBytesCannotGoAndTheyGoLater() throws Exception {
    glance.start();
    String id = images.create("deleted", bytes);

    try (BrokenCall _ = new BrokenCall("unlink")) {
      assertThat(images.delete(id).statusCode()).isEqualTo(204);
      assertThat(images.download(id).statusCode()).isEqualTo(404);
      Await.until(
          SOON,
          "a removal has failed",
          () ->
              glance
                  .api()
                  .log()
                  .lines()
                  .anyMatch(line -> line.contains("will be tried again") && line.contains(id)));
      assertThat(glance.imageFiles()).hasSize(1);
    }

    glance.awaitImageFiles(0, TWO_LEASES);
  }

  @Test
  void anUploadUnderWhichTheDiskBecomesReadOnlyLeavesAQueuedImageAndInTheEndNoByte()
      throws Exception {
    glance.api().end();
    Path store = Files.createDirectories(glance.data().resolve("images"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", store.toString()),
        "a tmpfs can be mounted only by root");
    try {
      glance.start();
      String id = images.create("read-only disk");
      // The file that is open for writing forbids more than to take away what its path leads to.
      try (SlowUpload upload = images.beginUpload(id, 2L * bytes.length)) {
        upload.send(bytes);
        glance.awaitImageFiles(1, SOON);
        assertThat(run("mount", "--bind", store.toString(), store.toString())).isTrue();
        assertThat(run("mount", "-o", "remount,bind,ro", store.toString())).isTrue();
        upload.send(bytes);
        assertThat(upload.answer()).isEqualTo(503);
      }
      Await.until(TWO_LEASES, "the image is queued", () -> images.status(id).equals("queued"));
      assertThat(images.upload(id, bytes).statusCode()).as("while it is read-only").isEqualTo(503);
      assertThat(images.status(id)).isEqualTo("queued");
      assertThat(run("umount", store.toString())).isTrue();

      glance.awaitImageFiles(0, TWO_LEASES);
      assertThat(images.upload(id, bytes).statusCode()).isEqualTo(204);
      assertThat(images.download(id).body()).isEqualTo(bytes);
      delete(id);
    } finally {
      glance.api().end();
      run("umount", "-q", "--recursive", store.toString());
    }
  }

  private void delete(String id) {
    assertThat(images.delete(id).statusCode()).isEqualTo(204);
    glance.awaitImageFiles(0, SOON);
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
  }
}
