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
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
              try (body) {
                body.start();
                arrived.add(drained(body));
              }
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

  /**
   * A chunk that is handed on while the socket may be read into the rest of it is not written to
   * any more, although others use its memory: clients that pause share the buffers.
   */
  @Test
  void bodiesOfClientsThatPauseAreNotMixedUp() throws Exception {
    BufferPool pool = new BufferPool(4, 64 << 10);
    Map<String, byte[]> arrived = new ConcurrentHashMap<>();
    CountDownLatch ended = new CountDownLatch(4);
    HttpServer server =
        listen(
            pool,
            (request, body) -> {
              try (body) {
                body.start();
                arrived.put(request.path(), drained(body));
              }
              ended.countDown();
              request.response().end();
            });
    Map<String, byte[]> sent = new HashMap<>();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String path : List.of("/0", "/1", "/2", "/3")) {
        byte[] bytes = TestImages.bytes(200_000 + path.charAt(1));
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] ^= (byte) path.charAt(1);
        }
        sent.put(path, bytes);
        Future<?> _ =
            clients.submit(
                () -> {
                  sendWithPauses(server, path, bytes);
                  return null;
                });
      }
      assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    }

    assertThat(arrived).containsOnlyKeys(sent.keySet());
    sent.forEach((path, bytes) -> assertThat(arrived.get(path)).as(path).isEqualTo(bytes));
    assertThat(pool.free()).isEqualTo(4);
  }

  private static void sendWithPauses(HttpServer server, String path, byte[] bytes)
      throws Exception {
    Random random = new Random(path.charAt(1));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(head(path, bytes.length));
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(1 + random.nextInt(20_000), bytes.length - at);
        out.write(bytes, at, length);
        at += length;
        // About as long as a chunk is filled before it is handed on as it is.
        Thread.sleep(random.nextInt(120));
      }
      assertThat(socket.getInputStream().read()).isNotNegative();
    }
  }

  /** What is sent behind a body is the next request's, and not read as part of the body. */
  @Test
  void aRequestBehindABodyIsAnsweredToo() throws Exception {
    BufferPool pool = new BufferPool(2, 64 << 10);
    BlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>();
    HttpServer server =
        listen(
            pool,
            (request, body) -> {
              try (body) {
                body.start();
                arrived.add(drained(body));
              }
              request.response().end();
            });
    List<byte[]> sent = List.of(TestImages.bytes(150_000), TestImages.bytes(64 << 10));

    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort())) {
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      for (byte[] bytes : sent) {
        both.writeBytes(head("/", bytes.length));
        both.writeBytes(bytes);
      }
      socket.getOutputStream().write(both.toByteArray());

      for (byte[] bytes : sent) {
        assertThat(arrived.poll(10, TimeUnit.SECONDS)).isEqualTo(bytes);
      }
    }
    Awaitility.await().untilAsserted(() -> assertThat(pool.free()).isEqualTo(2));
  }

  private static byte[] head(String path, int length) {
    return "PUT %s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n"
        .formatted(path, length)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** The rest of a body. */
  private static byte[] drained(RequestBody body) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Chunk chunk = body.next(); chunk != null; chunk = body.next()) {
      byte[] some = new byte[chunk.size()];
      chunk.bytes().get(some);
      bytes.writeBytes(some);
      chunk.release();
    }
    return bytes.toByteArray();
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
