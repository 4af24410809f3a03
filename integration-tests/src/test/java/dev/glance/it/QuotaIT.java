package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** However many upload at once, a project stores no byte more than it may. */
class QuotaIT {
  private static final long QUOTA = 1L << 30;
  private static final int MIB = 1 << 20;
  private static final int UPLOADS = 200;
  private static final Duration AFTER_A_CRASH = Duration.ofSeconds(40);

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private final Images images = glance.images();
  private final byte[] bytes = new byte[16 * MIB];

  /** What became of one upload. */
  private record Upload(String id, int size, int status) {}

  @BeforeEach
  void start() {
    new Random(1).nextBytes(bytes);
    // 200 clients on a machine that they share: what is measured is the sum, not the pace.
    glance
        .api()
        .set("glance.api.user-storage-quota", "1GB")
        .set("glance.api.registry.timeout", "5s");
    glance.start();
    for (JsonNode image : Images.json(images.get("/v2/images?limit=1000")).path("images")) {
      images.delete(image.path("id").asText());
    }
    glance.awaitImageFiles(0, AFTER_A_CRASH);
  }

  @Test
  void twoHundredUploadsAtOnceNeverPassTheQuota() throws Exception {
    List<String> ids = IntStream.range(0, UPLOADS).mapToObj(i -> images.create("q" + i)).toList();
    AtomicBoolean isOver = new AtomicBoolean();
    List<Upload> uploads = new ArrayList<>();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<Integer> sampler = threads.submit(() -> sample(isOver));
      List<Future<Upload>> running = new ArrayList<>();
      for (int i = 0; i < UPLOADS; i++) {
        int number = i;
        running.add(threads.submit(() -> upload(ids.get(number), number)));
      }
      for (Future<Upload> each : running) {
        uploads.add(each.get());
      }
      isOver.set(true);
      assertThat(sampler.get()).as("samples").isGreaterThan(5);
    }

    assertThat(uploads).extracting(Upload::status).containsOnly(204, 413);
    long stored = uploads.stream().filter(u -> u.status == 204).mapToLong(Upload::size).sum();
    assertThat(listed()).isEqualTo(stored).isLessThanOrEqualTo(QUOTA);
    assertThat(onDisk()).as("what was refused left nothing").isEqualTo(stored);
    List<Upload> refused = uploads.stream().filter(u -> u.status == 413).toList();
    assertThat(refused).isNotEmpty();
    for (Upload each : refused) {
      assertThat(images.status(each.id)).isEqualTo("queued");
    }

    // What is deleted makes room at once, also while its bytes are still being removed.
    Upload largest = uploads.stream().filter(u -> u.status == 204).findFirst().orElseThrow();
    assertThat(images.delete(largest.id).statusCode()).isEqualTo(204);
    Upload again = refused.stream().filter(u -> u.size <= largest.size).findFirst().orElseThrow();
    assertThat(send(again.id, BodyPublishers.ofByteArray(bytes, 0, again.size))).isEqualTo(204);
    System.out.printf(
        "QuotaIT: %d of %d uploads succeeded, %d MiB of %d stored%n",
        UPLOADS - refused.size(), UPLOADS, stored >> 20, QUOTA >> 20);
    // No reservation is left over: whatever still fits is taken, and nothing else.
    for (Upload each : refused) {
      boolean isFitting = !each.equals(again) && listed() + each.size <= QUOTA;
      if (isFitting) {
        assertThat(send(each.id, BodyPublishers.ofByteArray(bytes, 0, each.size))).isEqualTo(204);
      }
    }
    assertThat(listed()).isBetween(QUOTA - 16 * MIB, QUOTA);
  }

  @Test
  void theReservationsOfAKilledApiAreFreed() {
    String big = images.create("big");
    String next = images.create("next");
    try (SlowUpload upload = images.beginUpload(big, QUOTA)) {
      upload.send(new byte[MIB]);
      Await.until(AFTER_A_CRASH, "it is reserved", () -> images.status(big).equals("saving"));
      assertThat(images.upload(next, new byte[1]).statusCode()).isEqualTo(413);
      glance.api().kill();
    }

    glance.start();

    Await.until(
        AFTER_A_CRASH,
        "the reservation is freed",
        () -> images.upload(next, new byte[1]).statusCode() == 204);
    assertThat(images.status(big)).isEqualTo("queued");
    glance.awaitImageFiles(1, AFTER_A_CRASH);
  }

  @Test
  void anAnnouncedSizeThatDoesNotFitIsRefusedBeforeItIsSent() {
    String id = images.create("too-large");
    try (SlowUpload upload = images.beginUpload(id, QUOTA + 1)) {
      assertThat(upload.answer()).isEqualTo(413);
    }
    assertThat(images.status(id)).isEqualTo("queued");
  }

  /** Until it is over: neither the images nor the files are ever more than the quota. */
  private int sample(AtomicBoolean isOver) {
    int samples = 0;
    while (!isOver.get()) {
      assertThat(listed()).isLessThanOrEqualTo(QUOTA);
      assertThat(onDisk()).isLessThanOrEqualTo(QUOTA);
      samples++;
    }
    return samples;
  }

  private long listed() {
    long sum = 0;
    for (JsonNode image : Images.json(images.get("/v2/images?limit=1000")).path("images")) {
      sum += image.path("size").asLong(0);
    }
    return sum;
  }

  private static long onDisk() {
    long sum = 0;
    for (Path file : glance.imageFiles()) {
      try {
        sum += Files.size(file);
      } catch (IOException _) {
        // Removed since it was seen.
      }
    }
    return sum;
  }

  /** Every other one does not say its size. */
  private Upload upload(String id, int number) {
    int size = 8 * MIB + new Random(number).nextInt(8 * MIB);
    BodyPublisher body =
        number % 2 == 0
            ? BodyPublishers.ofByteArray(bytes, 0, size)
            : BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes, 0, size));
    return new Upload(id, size, send(id, body));
  }

  private static int send(String id, BodyPublisher body) {
    HttpRequest request =
        HttpRequest.newBuilder(glance.api().url().resolve("/v2/images/" + id + "/file"))
            .timeout(Duration.ofMinutes(4))
            .header("Content-Type", "application/octet-stream")
            .PUT(body)
            .build();
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpResponse<Void> response = client.send(request, BodyHandlers.discarding());
      return response.statusCode();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(id, e);
    }
  }
}
