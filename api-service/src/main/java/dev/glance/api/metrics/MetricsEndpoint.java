package dev.glance.api.metrics;

import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** {@code GET /metrics} in Prometheus' text format, on a port of its own. */
@Singleton
public final class MetricsEndpoint {
  private static final Logger LOG = Logger.getLogger(MetricsEndpoint.class);

  private final Vertx vertx;
  private final MetricsConfig config;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private @Nullable HttpServer server;

  MetricsEndpoint(Vertx vertx, MetricsConfig config) {
    this.vertx = vertx;
    this.config = config;
  }

  /** Before the features start: what they count until then is lost. */
  void start(@Observes @Priority(1) StartupEvent event) throws Exception {
    if (config.port().isEmpty()) {
      return;
    }
    Metrics.addRegistry(registry);
    new JvmMemoryMetrics().bindTo(registry);
    collections.bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    server =
        vertx
            .createHttpServer()
            .requestHandler(this::answer)
            .listen(config.port().getAsInt(), config.host())
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    LOG.infof("Metrics on http://%s:%d/metrics", config.host(), server.actualPort());
  }

  @PreDestroy
  void stop() {
    if (server != null) {
      server.close();
    }
    collections.close();
    Metrics.removeRegistry(registry);
    Metrics.globalRegistry.clear();
  }

  /** The port that metrics are served on. */
  int port() {
    return server == null ? 0 : server.actualPort();
  }

  private void answer(HttpServerRequest request) {
    if (!"/metrics".equals(request.path())) {
      request.response().setStatusCode(404).end();
    } else if (!request.method().equals(HttpMethod.GET)) {
      request.response().setStatusCode(405).putHeader("Allow", "GET").end();
    } else {
      request
          .response()
          .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
          .end(registry.scrape());
    }
  }
}
