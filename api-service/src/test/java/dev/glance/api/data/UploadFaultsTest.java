package dev.glance.api.data;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that break off, fall silent or send on after a refusal, byte by byte over a socket. */
@QuarkusTest
@TestProfile(UploadFaultsTest.Impatient.class)
class UploadFaultsTest {
  private static final Path IMAGES = Path.of("target/fault-data/images");
  private static final int MIB = 1 << 20;

  @Inject FakeRegistry registry;

  /** Short timeouts and small images. */
  public static class Impatient implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "glance.api.data-dir", "target/fault-data",
          "glance.api.image-size-cap", "8M",
          "glance.api.upload.idle-timeout", "1s",
          "glance.api.upload.max-concurrent", "2",
          "glance.api.upload.drain-timeout", "2s");
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    try (Stream<Path> files = Files.walk(IMAGES)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, 3 * MIB})
  void aClientThatIsGoneLeavesAQueuedImage(int sent) throws IOException {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      head(client, id, "Content-Length: " + 4 * MIB);
      client.getOutputStream().write(TestImages.bytes(sent));
      awaitStatus(id, ImageStatus.SAVING);
    }

    awaitStatus(id, ImageStatus.QUEUED);
  }

  @Test
  void aChunkedBodyWithoutItsEndIsACut() throws IOException {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      head(client, id, "Transfer-Encoding: chunked");
      client.getOutputStream().write("5\r\nhello\r\n".getBytes(US_ASCII));
      awaitStatus(id, ImageStatus.SAVING);
    }

    awaitStatus(id, ImageStatus.QUEUED);
  }

  @Test
  void nonsenseBetweenTheChunksIsACut() throws IOException {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      head(client, id, "Transfer-Encoding: chunked");
      awaitStatus(id, ImageStatus.SAVING);
      client.getOutputStream().write("5\r\nhello\r\nnonsense\r\n".getBytes(US_ASCII));

      awaitStatus(id, ImageStatus.QUEUED);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1_500_000})
  void aSilentClientIsCut(int sent) throws IOException {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      head(client, id, "Content-Length: " + 4 * MIB);
      client.getOutputStream().write(TestImages.bytes(sent));

      assertThat(answer(client)).startsWith("HTTP/1.1 400").contains("No bytes arrived");
      assertThat(client.getInputStream().read()).as("closed after the drain time").isEqualTo(-1);
    }
    assertQueued(id);
  }

  @Test
  void aSlowClientThatKeepsSendingIsNotCut() throws Exception {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      head(client, id, "Content-Length: 5");
      for (int i = 0; i < 5; i++) {
        Thread.sleep(600); // Slowness is what is tested: longer in all than the idle timeout.
        client.getOutputStream().write('x');
      }
      assertThat(answer(client)).startsWith("HTTP/1.1 204");
    }
    assertThat(registry.show(TestImages.SCOPE, id).checksum())
        .isEqualTo(TestImages.digest("MD5", "xxxxx".getBytes(US_ASCII)));
    Files.delete(IMAGES.resolve(id));
  }

  @ParameterizedTest
  @CsvSource({
    "application/json, bare, 4194304, 415",
    "application/octet-stream, , 4194304, 400",
    "application/octet-stream, bare, 9000000, 413"
  })
  void aRefusalIsReadableByAClientThatSendsEverythingFirst(
      String type, String format, int size, int status) throws IOException {
    String id = TestImages.queued(registry, "raw", format);
    try (Socket client = connect()) {
      headOf(client, id, type, "Content-Length: " + size);
      client.getOutputStream().write(new byte[size]);

      assertThat(answer(client)).startsWith("HTTP/1.1 " + status);

      // The rest was read to its end, so the connection serves the next request.
      client
          .getOutputStream()
          .write("GET /v2/nothing HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
      assertThat(answer(client)).startsWith("HTTP/1.1 404");
    }
    assertQueued(id);
  }

  @Test
  void aRefusalComesAtOnceAndTheRestIsReadForAWhile() throws IOException {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      headOf(client, id, "text/plain", "Content-Length: " + 4 * MIB);
      long start = System.nanoTime();

      assertThat(answer(client)).startsWith("HTTP/1.1 415");

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      client.getOutputStream().write(new byte[MIB]);
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void aClientThatAsksFirstIsRefusedBeforeTheBody() throws IOException {
    String id = TestImages.queued(registry, null, "bare");
    try (Socket client = connect()) {
      head(client, id, "Content-Length: " + 4 * MIB + "\r\nExpect: 100-continue");

      assertThat(answer(client))
          .startsWith("HTTP/1.1 400")
          .contains("disk_format")
          .containsIgnoringCase("Connection: close");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
    assertQueued(id);
  }

  @Test
  void aClientThatAsksAndSendsWithoutWaitingCanReadTheRefusal() throws IOException {
    String id = TestImages.queued(registry, null, "bare");
    try (Socket client = connect()) {
      head(client, id, "Content-Length: " + 4 * MIB + "\r\nExpect: 100-continue");
      long start = System.nanoTime();
      client.getOutputStream().write(new byte[4 * MIB]);

      assertThat(answer(client)).startsWith("HTTP/1.1 400").contains("disk_format");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("closed with the end of the body")
          .isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void anUploadTooManyIsToldToComeBack() throws IOException {
    String first = TestImages.queued(registry);
    String second = TestImages.queued(registry);
    String third = TestImages.queued(registry);
    try (Socket one = connect();
        Socket two = connect();
        Socket three = connect()) {
      head(one, first, "Content-Length: 5");
      head(two, second, "Content-Length: 5");
      awaitStatus(first, ImageStatus.SAVING);
      awaitStatus(second, ImageStatus.SAVING);
      head(three, third, "Content-Length: 3");
      three.getOutputStream().write("abc".getBytes(US_ASCII));

      assertThat(answer(three)).startsWith("HTTP/1.1 503").containsIgnoringCase("Retry-After: 1");
    }
    awaitStatus(first, ImageStatus.QUEUED);
    awaitStatus(second, ImageStatus.QUEUED);
    assertQueued(third);
  }

  @Test
  void aClientThatAsksFirstIsToldToGoOn() throws IOException {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      head(client, id, "Content-Length: 3\r\nExpect: 100-continue");
      assertThat(answer(client)).startsWith("HTTP/1.1 100");

      client.getOutputStream().write("abc".getBytes(US_ASCII));

      assertThat(answer(client)).startsWith("HTTP/1.1 204");
    }
    Files.delete(IMAGES.resolve(id));
  }

  @Test
  void deletingTheImageInMidUploadIsToldToTheUploader() throws Exception {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      head(client, id, "Transfer-Encoding: chunked");
      awaitStatus(id, ImageStatus.SAVING);
      CompletableFuture<String> answer =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return answer(client);
                } catch (IOException e) {
                  return e.toString();
                }
              });
      registry.delete(TestImages.SCOPE, id);
      while (!answer.isDone()) {
        client.getOutputStream().write("5\r\nhello\r\n".getBytes(US_ASCII));
        Thread.sleep(20); // A client that is busy sending.
      }

      assertThat(answer.join()).startsWith("HTTP/1.1 410");
    }
    assertThat(registry.pendingJobs()).isZero();
  }

  @Test
  void onlyOneOfTwoUploadsAtOnceIsTaken() throws IOException {
    String id = TestImages.queued(registry);
    try (Socket first = connect();
        Socket second = connect()) {
      head(first, id, "Content-Length: 3");
      awaitStatus(id, ImageStatus.SAVING);
      head(second, id, "Content-Length: 3");
      second.getOutputStream().write("two".getBytes(US_ASCII));

      assertThat(answer(second)).startsWith("HTTP/1.1 409");

      first.getOutputStream().write("one".getBytes(US_ASCII));
      assertThat(answer(first)).startsWith("HTTP/1.1 204");
    }
    assertThat(IMAGES.resolve(id)).hasContent("one");
    Files.delete(IMAGES.resolve(id));
  }

  @Test
  void moreBytesThanAnyImageMayHaveAreRefusedWhileTheyCome() throws IOException {
    String id = TestImages.queued(registry);
    try (Socket client = connect()) {
      head(client, id, "Transfer-Encoding: chunked");
      for (int i = 0; i < 9; i++) {
        client.getOutputStream().write("100000\r\n".getBytes(US_ASCII));
        client.getOutputStream().write(new byte[MIB]);
        client.getOutputStream().write("\r\n".getBytes(US_ASCII));
      }

      assertThat(answer(client)).startsWith("HTTP/1.1 413");
    }
    assertQueued(id);
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void head(Socket client, String id, String headers) throws IOException {
    headOf(client, id, "application/octet-stream", headers);
  }

  private static void headOf(Socket client, String id, String type, String headers)
      throws IOException {
    String head =
        "PUT /v2/images/%s/file HTTP/1.1\r\nHost: test\r\nContent-Type: %s\r\n%s\r\n\r\n"
            .formatted(id, type, headers);
    client.getOutputStream().write(head.getBytes(US_ASCII));
  }

  /** One answer, its body included. */
  private static String answer(Socket client) throws IOException {
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      append(client, answer, 1);
    }
    int length = 0;
    for (String line : answer.toString().split("\r\n", -1)) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
        length = Integer.parseInt(line.substring("content-length: ".length()));
      }
    }
    append(client, answer, length);
    return answer.toString();
  }

  private static void append(Socket client, StringBuilder answer, int length) throws IOException {
    byte[] bytes = client.getInputStream().readNBytes(length);
    if (bytes.length < length) {
      throw new IOException("the connection ended after: " + answer);
    }
    answer.append(new String(bytes, US_ASCII));
  }

  private void awaitStatus(String id, ImageStatus status) {
    Awaitility.await().until(() -> registry.show(TestImages.SCOPE, id).status() == status);
  }

  private void assertQueued(String id) {
    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(IMAGES.resolve(id)).doesNotExist();
  }
}
