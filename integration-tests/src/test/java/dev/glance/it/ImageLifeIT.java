package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What users do with images, through both services. */
class ImageLifeIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private final Images images = glance.images();

  @BeforeAll
  static void start() {
    glance.start();
  }

  @BeforeEach
  void nothingIsLeftOfTheTestBefore() {
    glance.awaitImageFiles(0, SOON);
  }

  @Test
  void anImageGoesInAndComesOutBitForBit() throws Exception {
    byte[] bytes = randomBytes(5_000_001);

    String id = images.create("smoke", bytes);

    JsonNode image = images.show(id);
    assertThat(image.path("status").asText()).isEqualTo("active");
    assertThat(image.path("size").asLong()).isEqualTo(bytes.length);
    assertThat(image.path("virtual_size").asLong()).isEqualTo(bytes.length);
    assertThat(image.path("checksum").asText()).isEqualTo(digest("MD5", bytes));
    assertThat(image.path("os_hash_algo").asText()).isEqualTo("sha512");
    assertThat(image.path("os_hash_value").asText()).isEqualTo(digest("SHA-512", bytes));
    HttpResponse<byte[]> all = images.download(id);
    assertThat(all.statusCode()).isEqualTo(200);
    assertThat(all.body()).isEqualTo(bytes);
    HttpResponse<byte[]> part = images.download(id, "Range", "bytes=4999999-9999999");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.headers().firstValue("Content-Range"))
        .hasValue("bytes 4999999-5000000/5000001");
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(bytes, 4_999_999, 5_000_001));
    assertThat(images.delete(id).statusCode()).isEqualTo(204);
    assertThat(images.get("/v2/images/" + id).statusCode()).isEqualTo(404);
    glance.awaitImageFiles(0, SOON);
  }

  /** The registry keeps the rows of deleted images for ever, for this alone. */
  @Test
  void anIdIsNeverUsedAgainEvenIfNothingIsLeftOfItsImage() {
    String id = images.create("first", new byte[] {1, 2, 3});
    String empty = images.create("never had data");
    assertThat(images.delete(id).statusCode()).isEqualTo(204);
    assertThat(images.delete(empty).statusCode()).isEqualTo(204);
    glance.awaitImageFiles(0, SOON);

    for (String taken : List.of(id, id.toUpperCase(Locale.ROOT), empty)) {
      HttpResponse<byte[]> again = images.createWithId(taken);
      assertThat(again.statusCode()).as(taken + ": " + Images.text(again)).isEqualTo(409);
    }
    assertThat(images.get("/v2/images/" + id).statusCode()).isEqualTo(404);
  }

  @RepeatedTest(5)
  void ofTwoUploadsOneWinsWhole() throws Exception {
    String id = images.create("race");
    byte[] left = filled('l');
    byte[] right = filled('r');

    int leftStatus;
    int rightStatus;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> first = threads.submit(() -> images.upload(id, left).statusCode());
      Future<Integer> second = threads.submit(() -> images.upload(id, right).statusCode());
      leftStatus = first.get();
      rightStatus = second.get();
    }

    assertThat(List.of(leftStatus, rightStatus)).containsOnlyOnce(204);
    assertThat(leftStatus == 204 ? rightStatus : leftStatus).isIn(409, 410);
    assertThat(images.status(id)).isEqualTo("active");
    assertThat(Arrays.equals(images.download(id).body(), leftStatus == 204 ? left : right))
        .as("the image is the winner's, whole")
        .isTrue();
    glance.awaitImageFiles(1, SOON);
    images.delete(id);
  }

  @Test
  void aDeleteInMidUploadEndsTheUpload() {
    String id = images.create("deleted");
    try (SlowUpload upload = images.beginUpload(id, 1L << 30)) {
      upload.send(new byte[4 << 20]);
      awaitSaving(id);

      assertThat(images.delete(id).statusCode()).isEqualTo(204);

      assertThat(upload.answer()).isEqualTo(410);
    }
    assertThat(images.get("/v2/images/" + id).statusCode()).isEqualTo(404);
    glance.awaitImageFiles(0, SOON);
  }

  @Test
  void aClientThatHangsUpLeavesNothing() {
    String id = images.create("cut");
    try (SlowUpload upload = images.beginUpload(id, 1L << 30)) {
      upload.send(new byte[4 << 20]);
      awaitSaving(id);
    }

    Await.until(SOON, "the image is queued", () -> images.status(id).equals("queued"));
    glance.awaitImageFiles(0, SOON);
    assertThat(images.upload(id, filled('x')).statusCode()).isEqualTo(204);
    assertThat(images.download(id).body()).isEqualTo(filled('x'));
    images.delete(id);
  }

  @Test
  void theRegistryAsksForItsToken() {
    Http registry = new Http(glance.registry().url());
    String path = "/images/00000000-0000-4000-8000-000000000000";

    assertThat(registry.get(path).statusCode()).isEqualTo(401);
    assertThat(registry.get(path, "Authorization", "Bearer wrong").statusCode()).isEqualTo(401);
    assertThat(registry.get("/healthcheck/ready").statusCode()).isEqualTo(200);
  }

  private void awaitSaving(String id) {
    Await.until(
        SOON,
        "the upload is under way",
        () -> images.status(id).equals("saving") && glance.imageFiles().size() == 1);
  }

  private static byte[] filled(char with) {
    byte[] bytes = new byte[8 << 20];
    Arrays.fill(bytes, (byte) with);
    return bytes;
  }

  private static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private static String digest(String algorithm, byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
  }
}
