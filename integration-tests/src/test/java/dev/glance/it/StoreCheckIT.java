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
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code ./glance store check} beside the running services. */
class StoreCheckIT {
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
      Files.setLastModifiedTime(
          file(".uploads/" + id + ".1.part"),
          FileTime.from(Instant.now().minus(Duration.ofHours(2))));

      assertThat(glance.api().command("store", "check", "--repair").output()).doesNotContain(id);
    }
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
    return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
  }
}
