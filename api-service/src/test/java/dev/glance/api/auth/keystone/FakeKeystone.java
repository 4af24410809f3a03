package dev.glance.api.auth.keystone;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * For what a real Keystone cannot be brought to do: be silent, be ill, forget, count its logins.
 */
final class FakeKeystone implements AutoCloseable {
  /** The tokens that it gives out live so long. */
  volatile Duration ownTokenLife = Duration.ofHours(1);

  /** The status of the next answers instead of the right one; 0 for the right one. */
  volatile int illness;

  /** How many more calls with the own token are told that it is unknown. */
  final AtomicInteger forgetful = new AtomicInteger();

  /** Whether calls get no answer at all. */
  volatile boolean isSilent;

  final AtomicInteger logins = new AtomicInteger();
  volatile @Nullable String lastLogin;

  private final HttpServer server;

  FakeKeystone(Vertx vertx, HttpServerOptions options) {
    this.server =
        vertx
            .createHttpServer(options.setHost("127.0.0.1").setPort(0))
            .requestHandler(this::answer)
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .join();
  }

  int port() {
    return server.actualPort();
  }

  private void answer(HttpServerRequest request) {
    if (isSilent) {
      return;
    }
    HttpServerResponse response = request.response();
    if (request.method().equals(HttpMethod.POST)) {
      login(request);
    } else if (illness != 0) {
      response.setStatusCode(illness).end();
    } else if (forgetful.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      response.setStatusCode(401).end();
    } else if ("/v3/auth/tokens".equals(request.path())) {
      String subject = Objects.toString(request.getHeader("X-Subject-Token"), "");
      if (subject.startsWith("good")) {
        response.end(token(Instant.now().plusSeconds(3600)));
      } else if (subject.startsWith("old")
          && Objects.toString(request.query(), "").contains("allow_expired=1")) {
        response.end(token(Instant.now().minusSeconds(5)));
      } else {
        response.setStatusCode(404).end();
      }
    } else {
      response.end(new JsonObject().put("path", request.uri()).encode());
    }
  }

  private void login(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              lastLogin = body.toString();
              request
                  .response()
                  .setStatusCode(illness == 0 ? 201 : illness)
                  .putHeader("X-Subject-Token", "own-" + logins.incrementAndGet())
                  .end(token(Instant.now().plus(ownTokenLife)));
            });
  }

  private static String token(Instant expiresAt) {
    return """
        {"token": {"user": {"id": "u", "name": "n", "domain": {"id": "default"}},
          "project": {"id": "p", "domain": {"id": "default"}},
          "roles": [{"name": "member"}], "expires_at": "%s"}}
        """
        .formatted(expiresAt);
  }

  @Override
  public void close() {
    server.close().toCompletionStage().toCompletableFuture().join();
  }
}
