package dev.glance.api.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A folder mounted a second time by bindfs, which is a process: while it is stopped, calls to the
 * mount hang as those to an NFS server that is away do. The kernel keeps no attributes of it.
 */
final class HungMount {
  private final Process server;
  private final Path at;

  /**
   * Mounts a folder. Where bindfs or the right to mount is missing the test is skipped, or fails if
   * GLANCE_TEST_REQUIRE_TOOLS asks for that.
   */
  HungMount(Path folder, Path at) throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of("/usr/bin/bindfs"))
        || !Files.isWritable(Path.of("/dev/fuse"))) {
      String reason = "needs the package bindfs, and /dev/fuse";
      if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
        fail(reason);
      }
      abort(reason);
    }
    this.at = at;
    this.server =
        new ProcessBuilder(
                "bindfs",
                "-f",
                "-o",
                "attr_timeout=0,entry_timeout=0",
                folder.toString(),
                at.toString())
            .inheritIO()
            .start();
    while (!Files.readString(Path.of("/proc/mounts")).contains(" " + at + " ")) {
      assertThat(server.isAlive()).as("bindfs runs").isTrue();
      Thread.sleep(10);
    }
  }

  /** From now on no call comes back. */
  void hang() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Calls come back, those that were made meanwhile, too. */
  void wake() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    run("kill", "-" + name, Long.toString(server.pid()));
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  void unmount() throws IOException, InterruptedException {
    wake();
    run("umount", "--lazy", at.toString());
    assertThat(server.waitFor(10, TimeUnit.SECONDS)).as("bindfs ends").isTrue();
  }
}
