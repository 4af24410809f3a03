package dev.glance.api.data;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.impl.VertxByteBufAllocator;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A body arrives whole, or ends with what went wrong; the network's memory is given back. */
class RequestBodyTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** One request after another, with fewer and smaller buffers than a socket is read into. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyByteArrives(boolean isLengthKnown) throws Exception {
    BufferPool pool = new BufferPool(2, 1000);
    BlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>();
    HttpServer server =
        listen(
            pool,
            (request, body) -> {
              ByteArrayOutputStream bytes = new ByteArrayOutputStream();
              try (body) {
                body.start();
                for (Chunk chunk = body.next(); chunk != null; chunk = body.next()) {
                  byte[] some = new byte[chunk.size()];
                  chunk.bytes().get(some);
                  bytes.writeBytes(some);
                  chunk.release();
                }
              }
              arrived.add(bytes.toByteArray());
              request.response().end();
            });
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (int size : List.of(0, 1, 999_999, 64 << 10, 300_000)) {
        byte[] sent = TestImages.bytes(size);
        BodyPublisher publisher =
            isLengthKnown
                ? BodyPublishers.ofByteArray(sent)
                : BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(sent));

        int status = client.send(put(server, publisher), BodyHandlers.discarding()).statusCode();

        assertThat(status).isEqualTo(200);
        assertThat(arrived.poll(10, TimeUnit.SECONDS)).isEqualTo(sent);
      }
    }
    Awaitility.await().untilAsserted(() -> assertThat(networkMemory()).isZero());
    assertThat(pool.free()).isEqualTo(2);
  }

  @Test
  void aBodyThatIsGivenUpKeepsNoMemory() throws Exception {
    BufferPool pool = new BufferPool(2, 1000);
    HttpServer server =
        listen(
            pool,
            (request, body) -> {
              try (body) {
                body.start();
                requireNonNull(body.next()).release();
              }
              request.connection().close();
            });

    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = put(server, BodyPublishers.ofByteArray(new byte[10_000_000]));
      assertThatThrownBy(() -> client.send(request, BodyHandlers.discarding()))
          .isInstanceOf(IOException.class);
    }

    Awaitility.await().untilAsserted(() -> assertThat(networkMemory()).isZero());
    assertThat(pool.free()).isEqualTo(2);
  }

  /** Bytes that were read from sockets and are not given back. */
  private static long networkMemory() {
    return ((PooledByteBufAllocator) VertxByteBufAllocator.POOLED_ALLOCATOR).pinnedDirectMemory();
  }

  @Test
  void memoryThatIsRefusedEndsTheBody() throws Exception {
    AtomicInteger made = new AtomicInteger();

    Throwable failure =
        failureOf(
            () -> {
              if (made.incrementAndGet() > 1) {
                throw new OutOfMemoryError("Cannot reserve direct buffer memory");
              }
              return ByteBuffer.allocateDirect(1024);
            });

    assertThat(failure)
        .isInstanceOfSatisfying(
            GlanceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE))
        .hasCauseInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void anyOtherFaultEndsTheBody() throws Exception {
    Throwable failure =
        failureOf(
            () -> {
              throw new IllegalArgumentException("a fault of ours");
            });

    assertThat(failure).hasRootCauseMessage("a fault of ours");
  }

  /** What reading a body of 64 KiB ends with; null for its end. */
  private @Nullable Throwable failureOf(Supplier<ByteBuffer> allocation) throws Exception {
    CompletableFuture<RequestBody> taken = new CompletableFuture<>();
    HttpServer server = listen(new BufferPool(4, allocation), (_, body) -> taken.complete(body));
    try (HttpClient client = HttpClient.newHttpClient()) {
      var answer =
          client.sendAsync(
              put(server, BodyPublishers.ofByteArray(new byte[64 << 10])),
              BodyHandlers.discarding());
      try (RequestBody body = taken.get(10, TimeUnit.SECONDS)) {
        body.start();
        return catchThrowable(
            () -> {
              for (Chunk chunk = body.next(); chunk != null; chunk = body.next()) {
                chunk.release();
              }
            });
      } finally {
        answer.cancel(true);
        client.shutdownNow();
      }
    }
  }

  private interface Taker {
    void take(HttpServerRequest request, RequestBody body) throws Exception;
  }

  /** A server that hands each request's body over on a thread of its own. */
  private HttpServer listen(BufferPool pool, Taker taker) throws Exception {
    return vertx
        .createHttpServer()
        .requestHandler(
            request -> {
              request.pause();
              RequestBody body =
                  new RequestBody(
                      request, vertx.getOrCreateContext(), pool.share(), Duration.ofSeconds(10));
              Thread.startVirtualThread(
                  () -> {
                    try {
                      taker.take(request, body);
                    } catch (Exception e) {
                      request.connection().close();
                    }
                  });
            })
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private static HttpRequest put(HttpServer server, BodyPublisher body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort()))
        .version(HttpClient.Version.HTTP_1_1)
        .PUT(body)
        .build();
  }
}
