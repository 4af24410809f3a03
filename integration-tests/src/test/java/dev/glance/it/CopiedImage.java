package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.it.ServiceProcess.Outcome;
import java.util.Random;

/** An image that moves from one store to another and back, by {@code ./glance store copy}. */
final class CopiedImage {
  private static final int SIZE = 9_000_001;

  private final Installation glance;
  private final Images images;
  private final byte[] bytes = new byte[SIZE];

  CopiedImage(Installation glance, Images images) {
    this.glance = glance;
    this.images = images;
    new Random(SIZE).nextBytes(bytes);
  }

  /** The first store has to be the default. */
  void goesThereAndBack(String from, String to) {
    String id = images.create("copied", bytes);

    move(id, from, to);
    move(id, to, from);

    assertThat(images.delete(id).statusCode()).isEqualTo(204);
  }

  private void move(String id, String from, String to) {
    Outcome copied = glance.api().command("store", "copy", id, "--to", to);
    assertThat(copied.exitCode()).as(copied.output()).isZero();
    assertThat(copied.output()).contains("copied to store " + to + ", " + SIZE + " bytes");
    assertThat(images.show(id).path("stores").asText()).isEqualTo(from + "," + to);
    assertThat(images.removeFromStore(from, id).statusCode()).isEqualTo(204);
    assertThat(images.show(id).path("stores").asText()).isEqualTo(to);
    assertThat(images.download(id).body()).isEqualTo(bytes);
  }
}
