package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.it.ServiceProcess.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code ./glance store copy} beside the running services. */
class StoreCopyIT {
  private static final Duration LEASE = Duration.ofSeconds(5);

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  @BeforeAll
  static void start() {
    glance.registry().set("glance.registry.lease", LEASE.toSeconds() + "s");
    for (String store : List.of("near", "far", "third", "fourth")) {
      glance
          .api()
          .set("glance.stores." + store + ".type", "file")
          .set("glance.stores." + store + ".file.directory", folder(store).toString());
    }
    glance.api().set("glance.api.default-store", "near");
    glance.start();
  }

  @Test
  void aCopyOfADeactivatedImageIsReadWhenTheFirstBytesAreGone() throws IOException {
    byte[] bytes = bytes(5_000_000);
    Images images = glance.images();
    String id = images.create("copied", bytes);
    assertThat(images.act("deactivate", id).statusCode()).isEqualTo(204);

    Outcome copied = glance.api().command("store", "copy", id, "--to", "third");

    assertThat(copied.exitCode()).as(copied.output()).isZero();
    assertThat(copied.output()).contains("image " + id + ": copied to store third, 5000000 bytes");
    assertThat(images.show(id).path("stores").asText()).isEqualTo("near,third");
    assertThat(images.status(id)).isEqualTo("deactivated");
    assertThat(images.act("reactivate", id).statusCode()).isEqualTo(204);
    Files.delete(folder("near").resolve(id));
    assertThat(images.download(id).body()).isEqualTo(bytes);
    Outcome again = glance.api().command("store", "copy", id, "--to", "third");
    assertThat(again).isEqualTo(new Outcome(0, "image " + id + ": is in store third already\n"));

    assertThat(images.delete(id).statusCode()).isEqualTo(204);
    Await.until(Duration.ofSeconds(20), "the copy is gone", () -> files("third").isEmpty());
  }

  @Test
  void bytesThatRottedAreReportedAndNotCopied() throws IOException {
    byte[] bytes = bytes(3_000_000);
    String id = glance.images().create("rotten", bytes);
    bytes[2_000_000] ^= 1;
    Files.write(folder("near").resolve(id), bytes);

    Outcome copied = glance.api().command("store", "copy", id, "--to", "third");

    assertThat(copied.exitCode()).isEqualTo(1);
    assertThat(copied.output())
        .containsPattern("rotten +image=" + id + " store=near location=file:///.* the MD5 is ")
        .contains("image " + id + ": not copied: ");
    assertThat(glance.images().show(id).path("stores").asText()).isEqualTo("near");
    assertThat(files("third")).isEmpty();
    assertThat(glance.images().delete(id).statusCode()).isEqualTo(204);
  }

  @Test
  void aKilledCopyLeavesNothingAndTheNextGoesOn() throws Exception {
    Images images = glance.images();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ids.add(images.create("moved", bytes(32_000_000)));
    }

    Process copy =
        glance.api().beginCommand("store", "copy", "--all", "--from", "near", "--to", "far");
    try (BufferedReader lines = copy.inputReader()) {
      while (!String.valueOf(lines.readLine()).contains("copied to store far")) {
        assertThat(copy.isAlive()).isTrue();
      }
      copy.destroyForcibly();
      assertThat(copy.waitFor()).as("killed before it ended").isEqualTo(137);
    }

    Await.until(
        LEASE.multipliedBy(2).plusSeconds(5),
        "as many files as locations, not " + files("far"),
        () -> files("far").size() == inFar(ids));
    assertThat(files("far")).hasSizeLessThan(ids.size());
    Outcome next = glance.api().command("store", "copy", "--all", "--from", "near", "--to", "far");
    assertThat(next.exitCode()).as(next.output()).isZero();
    assertThat(inFar(ids)).isEqualTo(ids.size());
    assertThat(files("far")).hasSize(ids.size());
    assertThat(glance.api().command("store", "check", "far", "--deep").exitCode()).isZero();
  }

  @Test
  void aCopyThatIsToldToEndClearsAwayFirst() throws Exception {
    Images images = glance.images();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ids.add(images.create("interrupted", bytes(32_000_000)));
    }

    Process copy =
        glance.api().beginCommand("store", "copy", "--all", "--from", "near", "--to", "fourth");
    Await.until(Duration.ofSeconds(30), "a copy is under way", () -> !files("fourth").isEmpty());
    copy.destroy();
    assertThat(copy.waitFor()).as("ended by SIGTERM").isEqualTo(143);

    assertThat(files("fourth"))
        .hasSizeLessThan(ids.size())
        .allSatisfy(
            file -> {
              String id = file.getFileName().toString().substring(0, 36);
              assertThat(images.show(id).path("stores").asText()).contains("fourth");
            });
    assertThat(ids).allSatisfy(id -> assertThat(images.status(id)).isEqualTo("active"));
    ids.forEach(images::delete);
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    String id = UUID.randomUUID().toString();
    assertRefused(2, "no store is named nowhere", id, "--to", "nowhere");
    assertRefused(2, "name the same store", id, "--from", "far", "--to", "far");
    assertRefused(2, "--to and the name of a store", id);
    assertRefused(2, "the id of an image, or --all", "--all", "--to", "far");
    assertRefused(2, "is no image's id", "x", "--to", "far");
    assertRefused(1, "image " + id + ": not copied: ", id, "--to", "far");
    String queued = glance.images().create("queued");
    assertRefused(1, "is queued; only images with data are copied", queued, "--to", "far");
  }

  private static void assertRefused(int exitCode, String sentence, String... words) {
    List<String> command = new ArrayList<>(List.of("store", "copy"));
    command.addAll(List.of(words));
    Outcome refused = glance.api().command(command.toArray(String[]::new));
    assertThat(refused.output()).contains(sentence);
    assertThat(refused.exitCode()).isEqualTo(exitCode);
  }

  private static int inFar(List<String> ids) {
    return (int)
        ids.stream()
            .filter(id -> glance.images().show(id).path("stores").asText().contains("far"))
            .count();
  }

  private static Path folder(String store) {
    return glance.data().resolve(store);
  }

  /** Finished or not. */
  private static List<Path> files(String store) {
    try (Stream<Path> files = Files.walk(folder(store))) {
      return files.filter(Files::isRegularFile).toList();
    } catch (NoSuchFileException | UncheckedIOException _) {
      // A file went away between being seen and being looked at.
      return files(store);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }
}
