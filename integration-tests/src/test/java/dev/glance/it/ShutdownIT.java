package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** glance-api is told to stop while images are under way. */
class ShutdownIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MIB = 1 << 20;

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private final Images images = glance.images();
  private final Http api = new Http(glance.api().url());

  @BeforeAll
  static void set() {
    // A lease that the test does not see the end of: nothing but the stop itself may clean up.
    glance.registry().set("glance.registry.lease", "15s");
    glance.api().set("glance.api.shutdown.timeout", TIMEOUT.toSeconds() + "s");
  }

  @BeforeEach
  void start() {
    glance.start();
  }

  @Test
  void transfersMayEndAndReadinessSaysWhatIsComing() throws IOException {
    byte[] bytes = bytes(24 * MIB);
    String read = images.create("read", bytes);
    String written = images.create("written");
    try (SlowUpload upload = images.beginUpload(written, 2 * MIB);
        Socket idle = new Socket(InetAddress.getLoopbackAddress(), glance.api().url().getPort());
        Download download = new Download(glance.api().url(), read)) {
      upload.send(bytes(MIB));
      Await.until(SOON, "the upload", () -> images.status(written).equals("saving"));

      glance.api().tellToStop();

      Await.until(SOON, "readiness is 503", () -> api.status("/healthcheck/ready") == 503);
      assertThat(api.status("/healthcheck")).isEqualTo(503);
      upload.send(bytes(MIB));
      assertThat(upload.answer()).isEqualTo(204);
      assertThat(download.rest()).isEqualTo(bytes);
      long ended = System.nanoTime();
      glance.api().awaitExit();
      assertThat(Duration.ofNanos(System.nanoTime() - ended))
          .as("nothing is waited for any more, not the idle connection")
          .isLessThan(TIMEOUT);
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
    glance.start();
    assertThat(images.status(written)).isEqualTo("active");
  }

  @Test
  void whatDoesNotEndIsCutAndLeavesNothing() throws IOException {
    String read = images.create("read", bytes(24 * MIB));
    String written = images.create("written");
    int before = glance.imageFiles().size();
    try (SlowUpload upload = images.beginUpload(written, 1L << 30);
        Download download = new Download(glance.api().url(), read)) {
      upload.send(bytes(4 * MIB));
      Await.until(
          SOON,
          "the upload is under way",
          () ->
              images.status(written).equals("saving") && glance.imageFiles().size() == before + 1);
      long told = System.nanoTime();

      glance.api().terminate();

      assertThat(Duration.ofNanos(System.nanoTime() - told))
          .isBetween(TIMEOUT, TIMEOUT.plusSeconds(10));
      assertThat(glance.imageFiles()).as("without a sweep").hasSize(before);
      assertThat(download.rest().length).isLessThan(24 * MIB);
    }
    glance.start();
    assertThat(images.status(written)).isEqualTo("queued");
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  /** A download of which only the head has been read, over a socket that holds little. */
  private static final class Download implements AutoCloseable {
    private final Socket socket = new Socket();
    private final InputStream in;

    Download(URI service, String id) throws IOException {
      socket.setReceiveBufferSize(64 << 10);
      socket.connect(new InetSocketAddress(service.getHost(), service.getPort()));
      socket
          .getOutputStream()
          .write(
              "GET /v2/images/%s/file HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
                  .formatted(id)
                  .getBytes(StandardCharsets.US_ASCII));
      in = new BufferedInputStream(socket.getInputStream());
      String head = "";
      while (!head.endsWith("\r\n\r\n")) {
        head += new String(in.readNBytes(1), StandardCharsets.US_ASCII);
      }
      assertThat(head).startsWith("HTTP/1.1 200");
    }

    /** What comes until the connection ends, however it ends. */
    byte[] rest() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        in.transferTo(bytes);
      } catch (IOException _) {
        // Cut: what was read counts.
      }
      return bytes.toByteArray();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
