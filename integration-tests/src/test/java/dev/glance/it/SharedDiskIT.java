package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Images and the embedded PostgreSQL on one small disk: images never starve the database. */
class SharedDiskIT {
  /** Room for PostgreSQL (some 150 MiB) and the default reserve of 512 MiB, and a little more. */
  private static final String DISK = "size=900m";

  /** More than the disk has beside these. */
  private static final long TOO_LARGE = 400L << 20;

  private static final Duration SOON = Duration.ofSeconds(10);

  @AutoClose @RegisterExtension private final Installation glance = new Installation();
  private final Images images = glance.images();
  private final byte[] piece = new byte[1 << 20];

  @BeforeEach
  void mountAndStart() throws Exception {
    new Random(1).nextBytes(piece);
    Files.createDirectories(glance.data());
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", DISK, "tmpfs", glance.data().toString()),
        "a tmpfs can be mounted only by root");
    glance.start();
  }

  @AfterEach
  void unmount() throws Exception {
    glance.api().end();
    glance.registry().end();
    run("umount", glance.data().toString());
  }

  @Test
  void anUploadThatDoesNotFitIsRefusedAndTheDatabaseGoesOn() throws IOException {
    String id = images.create("too large");

    int status;
    try (SlowUpload upload = images.beginUpload(id, TOO_LARGE)) {
      status = upload.sendUntilAnswered(piece, TOO_LARGE);
    }

    assertThat(status).isEqualTo(413);
    Await.until(SOON, "the image is queued", () -> images.status(id).equals("queued"));
    glance.awaitImageFiles(0, SOON);
    assertThat(Files.getFileStore(glance.data()).getUsableSpace()).isGreaterThan(512L << 20);
    String small = images.create("small", piece);
    HttpResponse<byte[]> download = images.download(small);
    assertThat(download.body()).isEqualTo(piece);
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
  }
}
