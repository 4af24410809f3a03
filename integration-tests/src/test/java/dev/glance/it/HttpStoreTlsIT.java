package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The read-only http store against a real nginx (API reference sections 6.5 and 7.3; section 11,
 * 13), which answers at every address and port that is tried here: what is not served was refused.
 */
class HttpStoreTlsIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final byte[] BYTES = new byte[3_000_000];

  /** Of the certificate that the CA signed; of one that nobody signed; without TLS. */
  private static final int TRUSTED = freePort();

  private static final int SELF_SIGNED = freePort();
  private static final int PLAIN = freePort();

  /** Where nginx answers, but users may not make the store call. */
  private static final int FORBIDDEN = freePort();

  @TempDir static Path folder;

  @RegisterExtension static final Installation glance = new Installation();

  private static @Nullable Process nginx;
  private static String openssl = "";
  private static Http http;

  @BeforeAll
  static void start() throws Exception {
    String nginxTool = Tools.find("nginx");
    openssl = Tools.find("openssl");
    new Random(1).nextBytes(BYTES);
    Path files = Files.createDirectories(folder.resolve("files"));
    Files.write(files.resolve("image"), BYTES);
    // Its workers drop root's rights.
    for (Path each : List.of(folder, files)) {
      each.toFile().setExecutable(true, false);
      each.toFile().setReadable(true, false);
    }
    certificates();
    Files.writeString(folder.resolve("nginx.conf"), configuration(files));
    nginx =
        new ProcessBuilder(
                nginxTool, "-p", folder.toString(), "-c", folder.resolve("nginx.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("nginx.log").toFile())
            .start();
    String ports = TRUSTED + "," + SELF_SIGNED + "," + PLAIN;
    glance
        .api()
        .set("glance.api.default-store", "file")
        .set("glance.stores.file.type", "file")
        .set("glance.stores.file.file.directory", folder.resolve("store").toString())
        .set("glance.stores.web.type", "http")
        .set("glance.stores.web.http.allowed-networks", "127.0.0.1,::1")
        .set("glance.stores.web.http.allowed-ports", ports)
        .set("glance.stores.web.http.ca-certificates-file", folder.resolve("ca.pem").toString());
    glance.start();
    http = new Http(glance.api().url());
  }

  @AfterAll
  static void stop() throws Exception {
    glance.close();
    if (nginx != null) {
      nginx.destroy();
      nginx.waitFor(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void anImageBehindTlsIsServedWhole() throws Exception {
    String id = located("https://localhost:" + TRUSTED + "/image");

    JsonNode image = glance.images().show(id);
    assertThat(image.path("status").asText()).isEqualTo("active");
    assertThat(image.path("size").asInt()).as("asked for by HEAD").isEqualTo(BYTES.length);
    HttpResponse<byte[]> data = glance.images().download(id);
    assertThat(data.statusCode()).isEqualTo(200);
    assertThat(digest(data.body())).isEqualTo(digest(BYTES));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 1",
    "bytes=1000000-1999999, 1000000, 2000000",
    "bytes=2999990-, 2999990, 3000000",
    "bytes=-5, 2999995, 3000000",
    "bytes=2999999-9999999, 2999999, 3000000"
  })
  void partsOfItAreServed(String range, int from, int to) {
    String id = located("https://localhost:" + TRUSTED + "/image");

    HttpResponse<byte[]> part = glance.images().download(id, "Range", range);

    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(BYTES, from, to));
  }

  /** Upstream's default believes anybody (section 11, 13). */
  @Test
  void certificatesAreVerified() {
    String id = located("https://localhost:" + SELF_SIGNED + "/image");

    assertThat(glance.images().show(id).path("status").asText()).isEqualTo("queued");
  }

  /** The certificate is for localhost, whatever address that has. */
  @Test
  void theNameInTheCertificateCounts() {
    String id = located("https://127.0.0.1:" + TRUSTED + "/image");

    assertThat(glance.images().show(id).path("status").asText()).isEqualTo("queued");
  }

  @Test
  void fiveRedirectsAreFollowed() {
    String id = located("https://localhost:" + TRUSTED + "/r5");

    assertThat(digest(glance.images().download(id).body())).isEqualTo(digest(BYTES));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://localhost:TRUSTED/r6",
        "https://localhost:TRUSTED/loop",
        "https://localhost:TRUSTED/to-forbidden-port",
        "https://localhost:TRUSTED/to-other-network",
        "https://localhost:TRUSTED/to-file",
        "https://localhost:TRUSTED/absent",
        "http://localhost:FORBIDDEN/image",
        "http://127.0.0.2:PLAIN/image",
        "http://2130706433:PLAIN/image",
        "http://127.1:PLAIN/image",
        "http://0x7f000001:PLAIN/image"
      })
  void whatMayNotBeCalledIsNoLocation(String url) {
    String id = located(url);

    assertThat(glance.images().show(id).path("status").asText()).isEqualTo("queued");
    assertThat(glance.images().download(id).statusCode()).isEqualTo(204);
  }

  @Test
  void aServerWithoutTlsIsReadToo() {
    String id = located("http://127.0.0.1:" + PLAIN + "/image");

    assertThat(digest(glance.images().download(id).body())).isEqualTo(digest(BYTES));
  }

  /** The bytes are the server's: an image's end is not theirs. */
  @Test
  void deletingTheImageLeavesTheFile() {
    String id = located("https://localhost:" + TRUSTED + "/image");

    assertThat(glance.images().delete(id).statusCode()).isEqualTo(204);

    assertThat(folder.resolve("files/image")).exists();
    assertThat(http.get("/v2/images/" + id).statusCode()).isEqualTo(404);
  }

  /** An image that was given this location; what became of it is known when this returns. */
  private static String located(String url) {
    String id = glance.images().create("located");
    String real =
        url.replace("TRUSTED", "" + TRUSTED)
            .replace("FORBIDDEN", "" + FORBIDDEN)
            .replace("PLAIN", "" + PLAIN);
    HttpResponse<byte[]> response =
        http.send(
            "POST",
            "/v2/images/" + id + "/locations",
            ("{\"url\": \"" + real + "\"}").getBytes(StandardCharsets.UTF_8),
            "Content-Type",
            "application/json");
    assertThat(response.statusCode()).isIn(202, 400);
    if (response.statusCode() == 202) {
      Await.until(
          SOON,
          "the location's task is over",
          () -> {
            String status =
                Images.json(http.get("/v2/images/" + id + "/tasks")).at("/tasks/0/status").asText();
            return status.equals("success") || status.equals("failure");
          });
    }
    return id;
  }

  /** A CA and what it signed, and a certificate that nobody but itself vouches for. */
  private static void certificates() throws Exception {
    Files.writeString(folder.resolve("names"), "subjectAltName=DNS:localhost\n");
    for (String command :
        List.of(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem",
            "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
                + " -extfile names -out server.pem",
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"
                + " subjectAltName=DNS:localhost -keyout self.key -out self.pem")) {
      Process process =
          new ProcessBuilder((openssl + " " + command).split(" "))
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("openssl.log").toFile())
              .start();
      assertThat(process.waitFor()).as(Files.readString(folder.resolve("openssl.log"))).isZero();
    }
  }

  private static String configuration(Path files) {
    StringBuilder redirects = new StringBuilder("location = /r1 { return 301 /image; }\n");
    for (int i = 2; i <= 6; i++) {
      redirects.append("location = /r%d { return 302 /r%d; }\n".formatted(i, i - 1));
    }
    return """
    daemon off;
    worker_processes 1;
    pid nginx.pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      client_body_temp_path tmp;
      proxy_temp_path tmp;
      fastcgi_temp_path tmp;
      uwsgi_temp_path tmp;
      scgi_temp_path tmp;
      root FILES;
      server {
        listen 127.0.0.1:TRUSTED ssl;
        ssl_certificate server.pem;
        ssl_certificate_key server.key;
        REDIRECTS
        location = /loop { return 302 /loop; }
        location = /to-forbidden-port { return 302 http://localhost:FORBIDDEN/image; }
        location = /to-other-network { return 302 http://127.0.0.2:PLAIN/image; }
        location = /to-file { return 302 file://FILES/image; }
      }
      server {
        listen 127.0.0.1:SELF_SIGNED ssl;
        ssl_certificate self.pem;
        ssl_certificate_key self.key;
      }
      server {
        listen 127.0.0.1:PLAIN;
        listen 127.0.0.2:PLAIN;
        listen 127.0.0.1:FORBIDDEN;
      }
    }
    """
        .replace("FILES", files.toString())
        .replace("TRUSTED", "" + TRUSTED)
        .replace("SELF_SIGNED", "" + SELF_SIGNED)
        .replace("PLAIN", "" + PLAIN)
        .replace("FORBIDDEN", "" + FORBIDDEN)
        .replace("REDIRECTS", redirects);
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
