package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.it.ServiceProcess.Outcome;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code ./glance image restore}, where deleted images are kept for an hour. */
class RestoreIT {
  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  @BeforeAll
  static void start() {
    glance.registry().set("glance.registry.delayed-delete", "1h");
    glance.start();
  }

  @Test
  void aDeletedImageIsGoneForClientsAndComesBackByCommand() {
    byte[] bytes = "kept".getBytes(StandardCharsets.UTF_8);
    Images images = glance.images();
    String id = images.create("kept", bytes);
    assertThat(images.delete(id).statusCode()).isEqualTo(204);
    assertThat(images.download(id).statusCode()).isEqualTo(404);
    assertThat(glance.api().command("store", "check").exitCode()).isZero();

    Outcome restored = glance.api().command("image", "restore", id);

    assertThat(restored).isEqualTo(new Outcome(0, "Image " + id + " is active again.\n"));
    assertThat(images.download(id).body()).isEqualTo(bytes);
    Outcome again = glance.api().command("image", "restore", id);
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.output()).contains("No deleted image has the id " + id);
    assertThat(glance.api().command("image", "restore", "x").exitCode()).isEqualTo(2);
    assertThat(glance.api().command("image", "shelve", id).exitCode()).isEqualTo(2);
  }
}
