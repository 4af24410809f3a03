package dev.glance.api.data;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Clients that stop reading, or read slowly, over a socket that holds little. */
@QuarkusTest
@TestProfile(IdleReaderTest.Impatient.class)
class IdleReaderTest {
  private static final int MIB = 1 << 20;
  private static final int SMALL_BUFFER = 64 << 10;

  /** More than the kernel holds for a connection. */
  private static final byte[] BYTES = TestImages.bytes(32 * MIB);

  @Inject FakeRegistry registry;

  /** A short timeout. */
  public static class Impatient implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("glance.api.download.idle-timeout", "1s");
    }
  }

  @Test
  void aClientThatStopsReadingIsCut() throws IOException {
    String id = active();
    try (Socket client = download(id)) {
      assertThat(client.getInputStream().readNBytes(MIB)).hasSize(MIB);

      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                try {
                  client.getOutputStream().write("\r\n".getBytes(US_ASCII));
                  return false;
                } catch (IOException _) {
                  return true;
                }
              });
    }
  }

  @Test
  void aSlowClientGetsEverything() throws Exception {
    String id = active();
    try (Socket client = download(id)) {
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      for (int i = 0; i < 40; i++) {
        Thread.sleep(100); // Slowness is what is tested: longer in all than twice the idle timeout.
        read.writeBytes(client.getInputStream().readNBytes(MIB / 4));
      }
      read.writeBytes(client.getInputStream().readAllBytes());

      byte[] answer = read.toByteArray();
      assertThat(answer).hasSizeGreaterThan(BYTES.length);
      assertThat(
              TestImages.digest(
                  "SHA-512",
                  Arrays.copyOfRange(answer, answer.length - BYTES.length, answer.length)))
          .isEqualTo(TestImages.digest("SHA-512", BYTES));
    }
  }

  @Test
  void aConnectionWaitsForTheNextRequestAsLongAsBefore() throws Exception {
    String id = active();
    try (Socket client = connect()) {
      for (int i = 0; i < 2; i++) {
        request(client, id, "Range: bytes=0-3\r\n");
        String answer = "";
        while (!answer.contains("\r\n\r\n")) {
          answer += new String(client.getInputStream().readNBytes(1), US_ASCII);
        }
        assertThat(answer).startsWith("HTTP/1.1 206");
        assertThat(client.getInputStream().readNBytes(4)).startsWith(BYTES[0], BYTES[1]);
        Thread.sleep(2500); // Longer than twice the idle timeout.
      }
    }
  }

  private String active() {
    String id = TestImages.queued(registry);
    given()
        .contentType("application/octet-stream")
        .body(BYTES)
        .put("/v2/images/" + id + "/file")
        .then()
        .statusCode(204);
    return id;
  }

  private static Socket connect() throws IOException {
    Socket client = new Socket();
    client.setReceiveBufferSize(SMALL_BUFFER);
    client.setSoTimeout(20_000);
    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), RestAssured.port));
    return client;
  }

  private static void request(Socket client, String id, String headers) throws IOException {
    client
        .getOutputStream()
        .write(
            "GET /v2/images/%s/file HTTP/1.1\r\nHost: test\r\n%s\r\n"
                .formatted(id, headers)
                .getBytes(US_ASCII));
  }

  private static Socket download(String id) throws IOException {
    Socket client = connect();
    request(client, id, "Connection: close\r\n");
    return client;
  }
}
