package dev.glance.api.store.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoresConfig;
import dev.glance.model.registry.UploadKey;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpTimeoutException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Web servers of all kinds of manners. What every store promises of writing does not apply; what it
 * promises of reading is here.
 */
class HttpStoreTest {
  private static final byte[] IMAGE = new byte[300_001];

  static {
    new Random(1).nextBytes(IMAGE);
  }

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private HttpStore store;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    on("/image", HttpStoreTest::sendRange);
    on("/all", HttpStoreTest::sendAll);
    on("/no-head", e -> withoutHead(e));
    on("/moved", e -> redirect(e, 302, "/image"));
    on("/loop", e -> redirect(e, 301, "/loop"));
    on("/see-other", e -> redirect(e, 303, "/image"));
    on("/inside", e -> redirect(e, 302, "http://169.254.169.254/latest"));
    on("/to-file", e -> redirect(e, 302, "file:///etc/passwd"));
    on("/nonsense", e -> redirect(e, 302, "http://["));
    on("/status", HttpStoreTest::sendStatus);
    server.start();
    store = store(Map.of());
  }

  @AfterEach
  void stop() {
    store.close();
    server.stop(0);
  }

  @Test
  void itReadsAndDoesNoMore() {
    UploadKey key = new UploadKey("u", "i", 1, false);

    assertThat(store.info().capabilities()).containsExactly(Capability.RANDOM_READ);
    assertThat(store.info().isReadOnly()).isTrue();
    assertThat(store.info().properties()).isEmpty();
    assertThatThrownBy(() -> store.upload(key, OptionalLong.empty()))
        .isInstanceOf(StoreException.Unsupported.class);
    assertThatThrownBy(() -> store.delete(at("/image")))
        .isInstanceOf(StoreException.Unsupported.class);
    store.discard(key);
    assertThat(requests).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/image", "/all", "/moved", "/no-head"})
  void theSizeIsTheServersWord(String path) {
    assertThat(store.size(at(path))).hasValue(IMAGE.length);
  }

  @ParameterizedTest
  @CsvSource({
    "/image, 0, 300001",
    "/image, 0, 1",
    "/image, 1, 300000",
    "/image, 100000, 65537",
    "/image, 300000, 1",
    "/image, 0, 0",
    "/image, 300001, 0",
    "/all, 0, 300001",
    "/all, 200000, 100",
    "/moved, 7, 8",
  })
  void everyRangeIsServed(String path, int offset, int length) throws IOException {
    assertThat(read(path, offset, length))
        .isEqualTo(Arrays.copyOfRange(IMAGE, offset, offset + length));
  }

  @ParameterizedTest
  @CsvSource({"/image, 300001, 1", "/image, 300000, 2", "/all, 300000, 2"})
  void aFileThatIsShorterThanTheRangeIsNotServed(String path, int offset, int length) {
    assertThatThrownBy(() -> store.read(at(path), new ByteRange(offset, length)))
        .isInstanceOf(StoreException.NotFound.class);
  }

  @ParameterizedTest
  @CsvSource({
    "404, NotFound",
    "410, NotFound",
    "401, Denied",
    "403, Denied",
    "400, BadLocation",
    "418, BadLocation",
    "500, Unavailable",
    "503, Unavailable",
    "204, BadLocation",
    "304, BadLocation",
    "307, BadLocation",
  })
  void refusalsAreTranslated(int status, String kind) {
    StoreLocation at = at("/status?" + status);

    assertThatThrownBy(() -> store.read(at, new ByteRange(0, 1)))
        .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(kind));
    assertThatThrownBy(() -> store.size(at))
        .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(kind));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/loop", "/see-other", "/inside", "/to-file", "/nonsense"})
  void redirectsAreLimitedAndChecked(String path) {
    assertThatThrownBy(() -> store.size(at(path))).isInstanceOf(StoreException.BadLocation.class);

    assertThat(requests).hasSizeLessThanOrEqualTo(12);
  }

  @Test
  void aServerThatIsGoneIsUnavailable() {
    StoreLocation at = at("/image");
    server.stop(0);

    assertThatThrownBy(() -> store.size(at)).isInstanceOf(StoreException.Unavailable.class);
    assertThatThrownBy(() -> store.read(at, new ByteRange(0, 1)))
        .isInstanceOf(StoreException.Unavailable.class)
        .hasMessageNotContaining("127.0.0.1");
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503, 504})
  void aServerThatIsBusyIsAskedAgain(int status) throws IOException {
    AtomicInteger left = new AtomicInteger(3);
    on(
        "/busy",
        e -> {
          if (left.getAndDecrement() > 0) {
            respond(e, status);
          } else {
            sendRange(e);
          }
        });

    assertThat(read("/busy", 10, 20)).isEqualTo(Arrays.copyOfRange(IMAGE, 10, 30));
    assertThat(requests).hasSize(4);
  }

  @Test
  void aServerThatStaysBusyIsUnavailable() {
    assertThatThrownBy(() -> store.read(at("/status?503"), new ByteRange(0, 1)))
        .isInstanceOf(StoreException.Unavailable.class);

    assertThat(requests).hasSize(4);
  }

  @Test
  void aDownloadIsTakenUpWhereItBroke() throws IOException {
    on("/broken", e -> sendHalf(e, "\"v1\""));

    assertThat(read("/broken", 0, IMAGE.length)).isEqualTo(IMAGE);
    assertThat(requests).hasSizeGreaterThan(1);
  }

  @Test
  void aDownloadIsNotTakenUpWithOtherBytes() {
    AtomicInteger version = new AtomicInteger();
    List<String> changed = new CopyOnWriteArrayList<>();
    List<String> weak = new CopyOnWriteArrayList<>();
    on(
        "/changed",
        e -> {
          changed.add(wanted(e));
          sendHalf(e, "\"" + version.incrementAndGet() + "\"");
        });
    on(
        "/weak",
        e -> {
          weak.add(wanted(e));
          sendHalf(e, "W/\"v1\"");
        });

    assertThatThrownBy(() -> read("/changed", 0, IMAGE.length)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> read("/weak", 0, IMAGE.length)).isInstanceOf(IOException.class);
    // A request that was cut before its answer is repeated as it was.
    assertThat(Set.copyOf(changed)).as("what is taken up is one version").hasSize(2).contains("");
    assertThat(Set.copyOf(weak)).containsExactly("");
  }

  /** The version that a request is for; empty when any will do. */
  private static String wanted(HttpExchange exchange) {
    return Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("If-Match"), "");
  }

  @Test
  void aServerThatFallsSilentKeepsNobodyWaiting() {
    CountDownLatch end = new CountDownLatch(1);
    on(
        "/silent",
        e -> {
          e.sendResponseHeaders(200, IMAGE.length);
          e.getResponseBody().write(IMAGE, 0, 1000);
          e.getResponseBody().flush();
          try {
            end.await();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
        });
    try (HttpStore hasty = store(Map.of("timeout", "500ms"))) {
      ImageBytes opened = hasty.read(at("/silent"), new ByteRange(0, IMAGE.length));
      try (var in = ((ImageBytes.Stream) opened).in()) {
        assertThatThrownBy(in::readAllBytes).isInstanceOf(HttpTimeoutException.class);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    } finally {
      end.countDown();
    }
  }

  /** Half of what is asked for, and at most so much that a fourth piece is the last. */
  private static void sendHalf(HttpExchange exchange, String tag) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    String[] ends = range.substring("bytes=".length()).split("-", 2);
    int first = Integer.parseInt(ends[0]);
    int last = Integer.parseInt(ends[1]);
    String wanted = exchange.getRequestHeaders().getFirst("If-Match");
    assertThat(wanted == null).isEqualTo(first == 0);
    exchange.getResponseHeaders().set("ETag", tag);
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + first + "-" + last + "/" + IMAGE.length);
    exchange.sendResponseHeaders(206, last - first + 1L);
    int count = Math.min(last - first + 1, IMAGE.length / 3);
    exchange.getResponseBody().write(IMAGE, first, count);
    exchange.getResponseBody().flush();
  }

  @Test
  void loopbackIsReachedOnlyWhereAllowed() {
    try (HttpStore strict = store(Map.of("allowed-networks", "10.0.0.0/8"))) {
      assertThatThrownBy(() -> strict.size(at("/image")))
          .isInstanceOf(StoreException.BadLocation.class);
    }
    assertThat(requests).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://host/x", "http:///x", "http:x", "x"})
  void foreignLocationsAreRefused(String uri) {
    StoreLocation at = StoreLocation.of(uri);

    assertThat(store.holds(at)).isFalse();
    assertThatThrownBy(() -> store.size(at)).isInstanceOf(StoreException.BadLocation.class);
    assertThatThrownBy(() -> store.delete(at)).isInstanceOf(StoreException.BadLocation.class);
    assertThatThrownBy(() -> store.read(at, new ByteRange(0, 1)))
        .isInstanceOf(StoreException.BadLocation.class);
  }

  @Test
  void credentialsOfTheLocationAreSentToItsServer() throws IOException {
    on("/secret", e -> respond(e, authorization(e).equals("Basic dTpw") ? 200 : 401));
    String url = at("/secret").uri().toString().replace("http://", "http://u:p@");

    assertThat(store.size(StoreLocation.of(url))).hasValue(0);
  }

  private byte[] read(String path, int offset, int length) throws IOException {
    ImageBytes bytes = store.read(at(path), new ByteRange(offset, length));
    assertThat(bytes.length()).isEqualTo(length);
    try (var in = ((ImageBytes.Stream) bytes).in()) {
      return in.readAllBytes();
    }
  }

  private StoreLocation at(String path) {
    return StoreLocation.of("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private HttpStore store(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>();
    all.put("glance.stores.web.type", "http");
    all.put("glance.stores.web.http.allowed-networks", "127.0.0.0/8");
    all.put("glance.stores.web.http.disallowed-ports", "1");
    all.put("glance.stores.web.http.retry-delay", "1ms");
    settings.forEach((name, value) -> all.put("glance.stores.web.http." + name, value));
    StoresConfig config =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(StoresConfig.class)
            .withDefaultValues(all)
            .build()
            .getConfigMapping(StoresConfig.class);
    return new HttpStore("web", null, 0, Objects.requireNonNull(config.stores().get("web")).http());
  }

  private void on(String path, HttpHandler handler) {
    server.createContext(
        path,
        exchange -> {
          requests.add(exchange.getRequestMethod() + " " + path);
          try (exchange) {
            handler.handle(exchange);
          }
        });
  }

  private static void sendAll(HttpExchange exchange) throws IOException {
    send(exchange, 200, IMAGE);
  }

  private static void sendRange(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null) {
      sendAll(exchange);
      return;
    }
    String[] ends = range.substring("bytes=".length()).split("-", 2);
    int first = Integer.parseInt(ends[0]);
    int last = Math.min(Integer.parseInt(ends[1]), IMAGE.length - 1);
    if (first >= IMAGE.length) {
      respond(exchange, 416);
      return;
    }
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + first + "-" + last + "/" + IMAGE.length);
    send(exchange, 206, Arrays.copyOfRange(IMAGE, first, last + 1));
  }

  private static void withoutHead(HttpExchange exchange) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      respond(exchange, 405);
    } else {
      sendAll(exchange);
    }
  }

  private static void sendStatus(HttpExchange exchange) throws IOException {
    respond(exchange, Integer.parseInt(exchange.getRequestURI().getQuery()));
  }

  private static void redirect(HttpExchange exchange, int status, String to) throws IOException {
    exchange.getResponseHeaders().set("Location", to);
    respond(exchange, status);
  }

  private static String authorization(HttpExchange exchange) {
    return String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
  }

  private static void respond(HttpExchange exchange, int status) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", "0");
    }
    exchange.sendResponseHeaders(status, -1);
  }

  private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, bytes.length);
    try (var out = exchange.getResponseBody()) {
      out.write(bytes);
    } catch (IOException _) {
      // The reader had enough.
    }
  }
}
