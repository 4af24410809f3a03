package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is left when processes die, pause and come back. */
class CrashIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration AFTER_A_CRASH = Duration.ofSeconds(30);

  /** "Within a second or two", and what the machine takes for the request itself. */
  private static final Duration REFUSED_WITHIN = Duration.ofMillis(2500);

  private static final byte[] BYTES = "an image".getBytes(StandardCharsets.US_ASCII);

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private final Images images = glance.images();

  @BeforeEach
  void start() {
    glance.start();
  }

  @Test
  void anApiKilledInMidUploadLeavesNothing() {
    String id = images.create("crash");
    int before = glance.imageFiles().size();
    try (SlowUpload upload = images.beginUpload(id, 1L << 30)) {
      upload.send(new byte[8 << 20]);
      Await.until(
          SOON,
          "the upload is under way",
          () -> images.status(id).equals("saving") && glance.imageFiles().size() > before);
      glance.api().kill();
    }
    assertThat(glance.imageFiles()).as("what the crash left").hasSizeGreaterThan(before);

    glance.start();

    Await.until(AFTER_A_CRASH, "the image is queued", () -> images.status(id).equals("queued"));
    glance.awaitImageFiles(before, AFTER_A_CRASH);
    assertThat(images.upload(id, BYTES).statusCode()).isEqualTo(204);
    assertThat(images.download(id).body()).isEqualTo(BYTES);
  }

  @Test
  void aKilledRegistryFindsItsDatabaseAgain() {
    String id = images.create("kept", BYTES);
    long postgres = glance.postgres().orElseThrow().pid();

    glance.registry().kill();

    assertRefusedInTime();
    assertThat(glance.postgres()).as("PostgreSQL, left alone").isPresent();
    glance.registry().start();
    Await.until(AFTER_A_CRASH, "glance-api has recovered", () -> images.list().statusCode() == 200);
    assertThat(glance.postgres().orElseThrow().pid()).as("adopted").isEqualTo(postgres);
    assertThat(images.download(id).body()).isEqualTo(BYTES);
  }

  @Test
  void aKilledDatabaseIsStartedAgain() {
    String id = images.create("kept", BYTES);
    long postgres = glance.postgres().orElseThrow().pid();

    Signals.send("KILL", postgres);

    Await.until(
        AFTER_A_CRASH,
        "another PostgreSQL serves",
        () ->
            images.list().statusCode() == 200
                && glance.postgres().filter(process -> process.pid() != postgres).isPresent());
    assertThat(images.show(id).path("status").asText()).isEqualTo("active");
  }

  @Test
  void aPausedRegistryIsNotWaitedFor() {
    glance.registry().pause();

    assertRefusedInTime();

    glance.registry().resume();
    Await.until(SOON, "glance-api has recovered", () -> images.list().statusCode() == 200);
  }

  @Test
  void readinessTellsTheServicesApart() {
    Http api = new Http(glance.api().url());

    glance.registry().kill();

    Await.until(SOON, "readiness is 503", () -> api.status("/healthcheck/ready") == 503);
    HttpResponse<byte[]> ready = api.get("/healthcheck/ready");
    assertThat(Images.text(ready)).contains("registry").contains("DOWN");
    assertThat(api.status("/healthcheck/live")).isEqualTo(200);
    glance.registry().start();
    glance.registry().awaitReady();
    Await.until(SOON, "glance-api is ready", () -> api.status("/healthcheck/ready") == 200);

    glance.api().kill();

    assertThat(new Http(glance.registry().url()).status("/healthcheck/ready")).isEqualTo(200);
  }

  @Test
  void everythingSurvivesAnOrderlyRestart() {
    String id = images.create("kept", BYTES);
    assertThat(glance.postgres()).isPresent();

    glance.api().terminate();
    glance.registry().terminate();

    assertThat(glance.postgres()).as("PostgreSQL, once the registry has ended").isEmpty();
    glance.start();
    assertThat(images.show(id).path("status").asText()).isEqualTo("active");
    assertThat(images.download(id).body()).isEqualTo(BYTES);
  }

  private void assertRefusedInTime() {
    long start = System.nanoTime();
    HttpResponse<byte[]> response = images.list();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(REFUSED_WITHIN);
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
  }
}
