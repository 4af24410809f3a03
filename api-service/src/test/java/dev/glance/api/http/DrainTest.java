package dev.glance.api.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client that sends everything before it looks reads the answer, and may go on. */
@QuarkusTest
class DrainTest {
  private static final int SIZE = 8 << 20;
  private static final String IMAGE = "/v2/images/11111111-1111-1111-1111-111111111111";
  private static final String NEXT =
      "GET /versions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  @ParameterizedTest
  @CsvSource({
    "PUT, /stage, X: y, 404",
    "PUT, /file/, X: y, 404",
    "POST, /file, X: y, 405",
    "PATCH, '', Content-Type: text/plain, 415",
    "PATCH, '', Content-Type: application/openstack-images-v2.1-json-patch, 413",
    "GET, '', X: y, 400",
    "GET, /file, X: y, 400",
    "DELETE, '', X: y, 400",
    "PUT, /file, Content-Type: text/plain, 415",
  })
  void aRefusalIsReadAfterTheWholeBody(String method, String path, String header, int status)
      throws IOException {
    refuses(method, IMAGE + path, header, status);
  }

  @ParameterizedTest
  @CsvSource({"POST, /", "PUT, /v9/images"})
  void unknownVersionsToo(String method, String path) throws IOException {
    refuses(method, path, "X: y", 300);
  }

  @Test
  void aRequestIdThatIsTooLongToo() throws IOException {
    refuses("POST", "/v2/images", RequestId.HEADER + ": " + "r".repeat(65), 431);
  }

  @Test
  void aConnectionThatIsAnsweredWellServesOn() throws IOException {
    String create = "POST /v2/images HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    String show = "GET /v2/schemas/image HTTP/1.1\r\nHost: x\r\n\r\n";

    String answers = answers(create + show + create + NEXT, new byte[0]);

    assertThat(answers.split("HTTP/1.1 ", -1))
        .satisfiesExactly(
            nothing -> assertThat(nothing).isEmpty(),
            one -> assertThat(one).startsWith("201"),
            two -> assertThat(two).startsWith("200"),
            three -> assertThat(three).startsWith("201"),
            four -> assertThat(four).startsWith("200"));
  }

  /** A body that was read to its end leaves nothing to drain, and so nothing to time out. */
  @Test
  void aConnectionOutlivesTheDrainTimeOfARequestThatWasRead() throws Exception {
    String create = "POST /v2/images HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
      client.setSoTimeout(5000);
      client.getOutputStream().write(create.getBytes(ISO_8859_1));
      Thread.sleep(Duration.ofSeconds(11));
      client.getOutputStream().write(NEXT.getBytes(ISO_8859_1));

      String answers = new String(client.getInputStream().readAllBytes(), ISO_8859_1);

      assertThat(answers).startsWith("HTTP/1.1 201 ").contains("HTTP/1.1 200 OK");
    }
  }

  private static void refuses(String method, String path, String header, int status)
      throws IOException {
    String head =
        "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Length: %d\r\n\r\n"
            .formatted(method, path, header, SIZE);

    String answers = answers(head, new byte[SIZE]);

    assertThat(answers).startsWith("HTTP/1.1 " + status + " ").contains("HTTP/1.1 200 OK");
  }

  /** Everything is written, with one more request behind it, before anything is read. */
  private static String answers(String head, byte[] body) throws IOException {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
      client.setSoTimeout(5000);
      client.getOutputStream().write(head.getBytes(ISO_8859_1));
      client.getOutputStream().write(body);
      if (body.length > 0) {
        client.getOutputStream().write(NEXT.getBytes(ISO_8859_1));
      }
      return new String(client.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
