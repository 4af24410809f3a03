package dev.glance.api.http;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;

/**
 * The metric {@code http_server_requests_seconds}: how many requests there were of each route,
 * method and status, and how long they took. Routes are templates: a path names an image, and
 * metrics must not grow with the images.
 */
@Singleton
final class RequestMetrics {
  private static final Set<String> METHODS =
      Set.of("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT");

  private static final Duration[] BOUNDS = {
    Duration.ofMillis(5),
    Duration.ofMillis(20),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(2),
    Duration.ofSeconds(10),
    Duration.ofMinutes(1)
  };

  void register(@Observes Filters filters) {
    filters.register(this::measure, FilterOrder.METRICS);
  }

  private void measure(RoutingContext request) {
    if (!Metrics.globalRegistry.getRegistries().isEmpty()) {
      long start = System.nanoTime();
      request.addEndHandler(_ -> record(request, System.nanoTime() - start));
    }
    request.next();
  }

  private static void record(RoutingContext request, long nanos) {
    String method = request.request().method().name();
    Timer.builder("http.server.requests")
        .tag("method", METHODS.contains(method) ? method : "OTHER")
        .tag("uri", Route.of(request.normalizedPath()).map(Route::template).orElse("other"))
        .tag("status", Integer.toString(request.response().getStatusCode()))
        .serviceLevelObjectives(BOUNDS)
        .register(Metrics.globalRegistry)
        .record(Duration.ofNanos(nanos));
  }
}
