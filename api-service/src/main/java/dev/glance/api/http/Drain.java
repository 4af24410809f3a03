package dev.glance.api.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Reads and drops, for a while, what a client is still sending after its answer: one that sends
 * everything before it looks would wait for ever, or see a reset instead of the answer.
 */
@Singleton
public final class Drain {
  /** Marks a request whose end is waited for already. */
  private static final String WATCHED = Drain.class.getName();

  private final Vertx vertx;
  private final long timeoutMillis;

  Drain(Vertx vertx, HttpConfig config) {
    this.vertx = vertx;
    this.timeoutMillis = config.drainTimeout().toMillis();
  }

  void register(@Observes Filters filters) {
    filters.register(this::watch, FilterOrder.DRAIN);
  }

  /** Whether the client waits for a go-ahead before it sends. */
  public static boolean expectsContinue(HttpServerRequest request) {
    return "100-continue".equalsIgnoreCase(request.getHeader("Expect"));
  }

  private void watch(RoutingContext context) {
    HttpServerRequest request = context.request();
    // Forgotten when the request is sent to another path, and so said each time it passes here.
    context.addHeadersEndHandler(
        _ -> {
          // Whether the body comes all the same is the client's choice (RFC 9110 section 10.1.1),
          // so where the next request would begin is unknown.
          if (!request.isEnded() && expectsContinue(request) && request.bytesRead() == 0) {
            context.response().putHeader("Connection", "close");
          }
        });
    if (context.get(WATCHED) == null) {
      context.put(WATCHED, true);
      Context eventLoop = vertx.getOrCreateContext();
      context.addEndHandler(
          _ -> {
            if (!request.isEnded()) {
              eventLoop.runOnContext(_ -> drain(request));
            }
          });
    }
    context.next();
  }

  private void drain(HttpServerRequest request) {
    if (request.isEnded()) {
      return;
    }
    HttpServerResponse response = request.response();
    boolean isLast = "close".equals(response.headers().get("Connection"));
    long timer = vertx.setTimer(timeoutMillis, _ -> request.connection().close());
    request.handler(_ -> {});
    request.endHandler(
        _ -> {
          vertx.cancelTimer(timer);
          if (isLast) {
            // After the answer, which may still have to be written.
            vertx.runOnContext(_ -> request.connection().close());
          }
        });
    request.exceptionHandler(_ -> vertx.cancelTimer(timer));
    request.resume();
    if (request.isEnded()) {
      // It had been read to its end before, and was only left paused: nobody will say so again, and
      // the connection may be serving the next request when the time is up.
      vertx.cancelTimer(timer);
    }
  }
}
