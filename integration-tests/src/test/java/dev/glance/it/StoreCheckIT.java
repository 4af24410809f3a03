package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.it.ServiceProcess.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code ./glance store check} beside the running services. */
class StoreCheckIT {
  private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  @BeforeAll
  static void start() {
    glance.start();
  }

  @Test
  void findsWhatIsMissingRottenOrNobodysAndRemovesOnlyTheLast() throws IOException {
    byte[] bytes = "the bytes of an image".getBytes(StandardCharsets.UTF_8);
    Images images = glance.images();
    String well = images.create("well", bytes);
    String lost = images.create("lost", bytes);
    String cut = images.create("cut", bytes);
    String rotten = images.create("rotten", bytes);
    String deleted = images.create("deleted", bytes);
    Outcome before = glance.api().command("store", "check", "--deep");
    assertThat(before.exitCode()).as(before.output()).isZero();
    assertThat(before.output())
        .contains("5 locations of images looked at\nstore file: ")
        .endsWith("0 findings, 0 removed\n");

    Files.delete(file(lost));
    try (RandomAccessFile file = new RandomAccessFile(file(cut).toFile(), "rw")) {
      file.setLength(5);
    }
    try (RandomAccessFile file = new RandomAccessFile(file(rotten).toFile(), "rw")) {
      file.write('T');
    }
    images.delete(deleted);
    glance.awaitImageFiles(3, Duration.ofSeconds(20));
    Path orphan = old(file(deleted));
    Path leftover = old(file(".uploads/" + deleted + ".1.part"));
    Path fresh = Files.writeString(file(deleted + ".2"), "young");
    Path unknown = old(file(UUID.randomUUID().toString()));
    Path foreign = old(file("README"));

    Outcome shallow = glance.api().command("store", "check");
    assertThat(shallow.exitCode()).isEqualTo(1);
    assertThat(shallow.output())
        .containsPattern("missing +image=" + lost + " store=file location=file:///.*" + lost)
        .containsPattern("wrong-size +image=" + cut + " .* the store has 5 bytes, not 21")
        .containsPattern("orphan +image=" + deleted + " .*" + deleted + " 3 bytes")
        .containsPattern("leftover +image=" + deleted + " .*part 3 bytes")
        .containsPattern("foreign +image=" + deleted + " .* less than an hour old")
        .containsPattern("foreign +image=.* the registry never had the image")
        .containsPattern("foreign +image=- .*README 3 bytes no name of an image")
        .doesNotContain(rotten, well)
        .endsWith("7 findings, 0 removed\n");
    assertThat(orphan).exists();

    Outcome repair = glance.api().command("store", "check", "--deep", "--repair");
    assertThat(repair.exitCode()).isEqualTo(1);
    assertThat(repair.output())
        .containsPattern("rotten +image=" + rotten + " .* the MD5 is .*, not ")
        .doesNotContain(well)
        .endsWith("8 findings, 2 removed\n");
    assertThat(orphan).doesNotExist();
    assertThat(leftover).doesNotExist();
    assertThat(fresh).exists();
    assertThat(unknown).exists();
    assertThat(foreign).exists();
    assertThat(images.download(well).body()).isEqualTo(bytes);
  }

  @Test
  void anUploadUnderWayIsNobodysBusiness() throws IOException {
    String id = glance.images().create("under way");
    try (SlowUpload upload = glance.images().beginUpload(id, 1000)) {
      upload.send(new byte[500]);
      Await.until(
          Duration.ofSeconds(20), "a part", () -> Files.exists(file(".uploads/" + id + ".1.part")));
      makeOld(file(".uploads/" + id + ".1.part"));

      assertThat(glance.api().command("store", "check", "--repair").output()).doesNotContain(id);
    }
  }

  /** Everything in the store looks old, so that its age protects nothing. */
  @Test
  void aRepairBesideUploadsAndDeletesRemovesNothingOfTheirs() throws Exception {
    AtomicBoolean isOver = new AtomicBoolean();
    List<String> kept = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> _ =
          threads.submit(
              () -> {
                while (!isOver.get()) {
                  glance.imageFiles().forEach(StoreCheckIT::makeOld);
                }
              });
      List<Future<List<String>>> clients =
          Stream.generate(() -> threads.submit(() -> uploadUntil(isOver))).limit(3).toList();
      try {
        for (int i = 0; i < 3; i++) {
          Outcome repair = glance.api().command("store", "check", "--repair");
          assertThat(repair.exitCode()).as(repair.output()).isNotEqualTo(2);
        }
      } finally {
        isOver.set(true);
      }
      for (Future<List<String>> client : clients) {
        kept.addAll(client.get());
      }
    }
    assertThat(kept).isNotEmpty();
    assertThat(glance.api().command("store", "check", "--deep").output())
        .doesNotContain(kept.toArray(String[]::new));
  }

  /** Uploads, and deletes every other image; the ids of those that stay. */
  private static List<String> uploadUntil(AtomicBoolean isOver) throws InterruptedException {
    Images images = glance.images();
    byte[] piece = new byte[300_000];
    new Random(1).nextBytes(piece);
    List<String> kept = new ArrayList<>();
    for (int i = 0; !isOver.get(); i++) {
      String id = images.create("beside a repair");
      try (SlowUpload upload = images.beginUpload(id, 4L * piece.length)) {
        for (int sent = 0; sent < 4; sent++) {
          upload.send(piece);
          Thread.sleep(20);
        }
        assertThat(upload.answer()).isEqualTo(204);
      }
      assertThat(images.download(id).body()).hasSize(4 * piece.length);
      if (i % 2 == 0) {
        kept.add(id);
      } else {
        assertThat(images.delete(id).statusCode()).isEqualTo(204);
      }
    }
    for (String id : kept) {
      assertThat(images.download(id).statusCode()).isEqualTo(200);
    }
    return kept;
  }

  @Test
  void senselessWordsAreRefused() {
    assertThat(glance.api().command("store", "check", "nowhere").exitCode()).isEqualTo(2);
    assertThat(glance.api().command("store", "check", "--force").exitCode()).isEqualTo(2);
    assertThat(glance.api().command("store", "clean").output()).contains("there is no command");
  }

  private static Path file(String name) {
    return glance.data().resolve("images").resolve(name);
  }

  private static Path old(Path file) throws IOException {
    Files.writeString(file, "old");
    makeOld(file);
    return file;
  }

  private static void makeOld(Path file) {
    try {
      Files.setLastModifiedTime(file, LONG_AGO);
    } catch (IOException _) {
      // It went away.
    }
  }
}
