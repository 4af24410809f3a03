package dev.glance.api.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.glance.api.http.RequestId;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Scope;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.ws.rs.ProcessingException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jboss.logging.MDC;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client against a socket that answers as told. */
@QuarkusTest
class RegistryClientsTest {
  private static final String IMAGE =
      """
      {"id": "11111111-1111-1111-1111-111111111111", "name": null, "status": "queued",
       "visibility": "shared", "isProtected": false, "isHidden": false, "owner": "admin",
       "tags": ["t"], "minDisk": 0, "minRam": 0, "createdAt": 1767225600000000,
       "updatedAt": 1767225600000000, "properties": {"a": "b"}, "locations": [],
       "version": 1}
      """;

  private HttpServer server;
  private final List<HttpExchange> exchanges = new CopyOnWriteArrayList<>();

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  @Test
  void aCallCarriesTokenScopeAndRequestId() {
    answer(200, IMAGE);
    MDC.put("requestId", "req-1");
    try {
      Image image = client().show(Scope.service(), "11111111-1111-1111-1111-111111111111");

      assertThat(image.tags()).containsExactly("t");
    } finally {
      MDC.remove("requestId");
    }
    HttpExchange last = exchanges.getLast();
    assertThat(last.getRequestURI().getPath())
        .isEqualTo("/images/11111111-1111-1111-1111-111111111111");
    assertThat(last.getRequestHeaders().getFirst("Authorization")).isEqualTo("Bearer secret");
    assertThat(last.getRequestHeaders().getFirst(RequestId.HEADER)).isEqualTo("req-1");
    assertThat(last.getRequestHeaders().getFirst(Scope.HEADER))
        .isEqualTo(Scope.service().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "404, IMAGE_NOT_FOUND, IMAGE_NOT_FOUND",
    "409, VERSION_CONFLICT, VERSION_CONFLICT",
    "403, FORBIDDEN, FORBIDDEN",
    "500, INTERNAL, REGISTRY_UNAVAILABLE",
    "503, INTERNAL, REGISTRY_UNAVAILABLE",
    "401, UNAUTHENTICATED, REGISTRY_UNAVAILABLE",
  })
  void aRefusalIsRebuilt(int status, ErrorCode sent, ErrorCode expected) {
    answer(status, "{\"code\": \"" + sent + "\", \"message\": \"the reason\"}");

    assertThatThrownBy(() -> client().show(Scope.service(), "x"))
        .isInstanceOfSatisfying(
            GlanceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(expected);
              if (expected == sent) {
                assertThat(e.message()).isEqualTo("the reason");
              }
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "502 | <html>",
        "404 | {}",
        "404 | null",
        "409 | {\"code\": null, \"message\": \"the reason\"}",
        "409 | {\"code\": \"OF_A_LATER_VERSION\", \"message\": \"the reason\"}",
      })
  void anAnswerThatIsNotTheRegistrysIsUnavailable(int status, String body) {
    answer(status, body);

    assertThatThrownBy(() -> client().show(Scope.service(), "x"))
        .isInstanceOfSatisfying(
            GlanceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.REGISTRY_UNAVAILABLE));
  }

  @Test
  void noAnswerFailsAfterTheTimeoutAndNoListenerAtOnce() {
    CountDownLatch release = new CountDownLatch(1);
    server.createContext(
        "/",
        exchange -> {
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    ImagesApi client = client();
    long begun = System.nanoTime();
    try {
      assertThatThrownBy(() -> client.show(Scope.service(), "x"))
          .isInstanceOf(ProcessingException.class);
    } finally {
      release.countDown();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));

    server.stop(0);
    assertThatThrownBy(() -> client.show(Scope.service(), "x"))
        .isInstanceOf(ProcessingException.class);
  }

  private void answer(int status, String body) {
    server.createContext(
        "/",
        exchange -> {
          exchanges.add(exchange);
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private ImagesApi client() {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new RegistryClients(new Config(url)).images();
  }

  /** The settings under test. */
  private record Config(URI url) implements RegistryConfig {
    @Override
    public Optional<String> token() {
      return Optional.of("secret");
    }

    @Override
    public Optional<Path> tokenFile() {
      return Optional.empty();
    }

    @Override
    public Duration timeout() {
      return Duration.ofMillis(500);
    }

    @Override
    public int maxConnections() {
      return 4;
    }
  }
}
