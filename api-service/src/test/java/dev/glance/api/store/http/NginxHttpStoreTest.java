package dev.glance.api.store.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.FaultyNetwork;
import dev.glance.api.store.FaultyNetwork.Fault;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a network does that is no good, in front of a real nginx; skipped where there is none. */
class NginxHttpStoreTest {
  private static final byte[] IMAGE = new byte[600_001];

  @TempDir static Path folder;

  private static int plain;
  private static int tls;
  private static @Nullable Process nginx;

  private FaultyNetwork network;

  @BeforeAll
  static void serve() throws Exception {
    Path program =
        Stream.of("/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    assumeTrue(program != null, "nginx is not installed");
    new Random(1).nextBytes(IMAGE);
    plain = freePort();
    tls = freePort();
    run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1"
            + " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem");
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        daemon off;
        master_process off;
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
          root FOLDER;
          server { listen 127.0.0.1:PLAIN; }
          server {
            listen 127.0.0.1:TLS ssl;
            ssl_certificate certificate.pem;
            ssl_certificate_key key.pem;
          }
        }
        """
            .replace("FOLDER", folder.toString())
            .replace("PLAIN", Integer.toString(plain))
            .replace("TLS", Integer.toString(tls)));
    Path log = folder.resolve("nginx.log");
    Process started =
        new ProcessBuilder(
                Objects.requireNonNull(program).toString(),
                "-p",
                folder.toString(),
                "-c",
                folder.resolve("nginx.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    nginx = started;
    while (!isListening()) {
      assertThat(started.isAlive()).as(Files.readString(log)).isTrue();
      Thread.sleep(20);
    }
  }

  private static void run(String command) throws Exception {
    Process process =
        new ProcessBuilder(command.split(" "))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static boolean isListening() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), plain)) {
      return socket.isConnected();
    } catch (IOException _) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (nginx != null) {
      nginx.destroy();
      boolean _ = nginx.waitFor(10, TimeUnit.SECONDS);
    }
  }

  @BeforeEach
  void connect() throws IOException {
    Files.write(folder.resolve("image"), IMAGE);
    network = new FaultyNetwork(plain);
  }

  @AfterEach
  void disconnect() throws IOException {
    network.close();
  }

  static List<Fault> passing() {
    return List.of(
        new Fault.Answer(503),
        new Fault.Answer(500),
        new Fault.BreakUpload(0),
        new Fault.BreakDownload(0),
        new Fault.BreakDownload(200_000),
        new Fault.StallDownload(200_000));
  }

  @ParameterizedTest
  @MethodSource("passing")
  void aDownloadOutlivesAFaultThatPasses(Fault fault) throws IOException {
    try (HttpStore store = store(Map.of())) {
      network.next(fault);
      network.next(fault);

      try (InputStream in = open(store, 5, IMAGE.length - 10)) {
        assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(IMAGE, 5, IMAGE.length - 5));
      }
      assertThat(network.faulted()).isEqualTo(2);
    }
  }

  @Test
  void aDownloadIsNotTakenUpWithOtherBytes() throws IOException {
    try (HttpStore store = store(Map.of())) {
      network.next(new Fault.StallDownload(200_000));
      try (InputStream in = open(store, 0, IMAGE.length)) {
        assertThat(in.readNBytes(10)).hasSize(10);
        Files.write(folder.resolve("image"), new byte[IMAGE.length + 1]);

        assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsUnavailable() {
    try (HttpStore store = store(Map.of())) {
      network.next(new Fault.StallDownload(0));

      assertThatThrownBy(() -> open(store, 0, 1)).isInstanceOf(StoreException.Unavailable.class);
    }
  }

  @Test
  void aServerThatRefusesConnectionsIsUnavailable() throws IOException {
    try (HttpStore store = store(Map.of())) {
      network.close();

      assertThatThrownBy(() -> open(store, 0, 1)).isInstanceOf(StoreException.Unavailable.class);
    }
  }

  @Test
  void aFileThatIsGoneIsNotFound() throws IOException {
    Files.delete(folder.resolve("image"));
    try (HttpStore store = store(Map.of())) {
      assertThatThrownBy(() -> open(store, 0, 1)).isInstanceOf(StoreException.NotFound.class);
      assertThatThrownBy(() -> store.size(at("http", plain)))
          .isInstanceOf(StoreException.NotFound.class);
    }
  }

  @Test
  void aCertificateIsTrustedOnlyWhereTheOperatorSaysSo() {
    StoreLocation at = at("https", tls);
    String certificate = folder.resolve("certificate.pem").toString();
    // The first TLS handshake of a JVM takes its time on a busy machine.
    try (HttpStore strict = store(Map.of("timeout", "20s"));
        HttpStore informed = store(Map.of("timeout", "20s", "ca-certificates-file", certificate))) {
      assertThatThrownBy(() -> strict.size(at))
          .isInstanceOf(StoreException.Unavailable.class)
          .hasMessage("store web: the server's certificate is not trusted");
      assertThat(informed.size(at)).hasValue(IMAGE.length);
    }
  }

  private InputStream open(HttpStore store, long offset, long length) {
    ImageBytes bytes = store.read(at("http", network.port()), new ByteRange(offset, length));
    return ((ImageBytes.Stream) bytes).in();
  }

  private static StoreLocation at(String scheme, int port) {
    return StoreLocation.of(scheme + "://127.0.0.1:" + port + "/image");
  }

  private static HttpStore store(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>();
    all.put("type", "http");
    all.put("http.allowed-networks", "127.0.0.0/8");
    all.put("http.disallowed-ports", "1");
    all.put("http.retry-delay", "1ms");
    all.put("http.timeout", "1s");
    settings.forEach((name, value) -> all.put("http." + name, value));
    Map<String, String> named = new HashMap<>();
    all.forEach((name, value) -> named.put("glance.stores.web." + name, value));
    StoresConfig config =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(StoresConfig.class)
            .withDefaultValues(named)
            .build()
            .getConfigMapping(StoresConfig.class);
    return new HttpStore("web", null, 0, Objects.requireNonNull(config.stores().get("web")).http());
  }
}
