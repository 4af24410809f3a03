package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A body whose buffers cannot be had ends with that, and never goes on without some bytes. */
class RequestBodyTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
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
    HttpServer server =
        vertx
            .createHttpServer()
            .requestHandler(
                request -> {
                  request.pause();
                  taken.complete(
                      new RequestBody(
                          request,
                          vertx.getOrCreateContext(),
                          new BufferPool(4, allocation).share(),
                          Duration.ofSeconds(10)));
                })
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    try (HttpClient client = HttpClient.newHttpClient()) {
      var answer =
          client.sendAsync(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort()))
                  .PUT(BodyPublishers.ofByteArray(new byte[64 << 10]))
                  .build(),
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
}
