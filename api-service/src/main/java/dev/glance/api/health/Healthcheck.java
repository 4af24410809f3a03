package dev.glance.api.health;

import dev.glance.api.http.HttpConfig;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code /healthcheck}, the form that load balancers in front of upstream know (API reference
 * section 7.13): whether this node wants traffic, whatever the registry and the stores do.
 */
@Singleton
final class Healthcheck {
  private final Optional<Path> disableFile;
  private volatile boolean isStopping;

  Healthcheck(HttpConfig config) {
    this.disableFile = config.healthcheckDisableFile();
  }

  void register(@Observes Router router) {
    router.route("/healthcheck").handler(this::answer);
  }

  void stop(@Observes ShutdownDelayInitiatedEvent event) {
    isStopping = true;
  }

  private void answer(RoutingContext request) {
    boolean isDisabledByFile = disableFile.isPresent() && Files.exists(disableFile.get());
    boolean isDisabled = isDisabledByFile || isStopping;
    String text = isDisabledByFile ? "DISABLED BY FILE" : isStopping ? "STOPPING" : "OK";
    String accept = request.request().getHeader("Accept");
    String type;
    String body;
    if (accept != null && accept.contains("application/json")) {
      type = "application/json";
      body = "{\"detailed\": false, \"reasons\": [" + (isDisabled ? '"' + text + '"' : "") + "]}";
    } else if (accept != null && accept.contains("text/html")) {
      type = "text/html; charset=UTF-8";
      body =
          "<html><head><title>Healthcheck Status</title></head><body><p>"
              + text
              + "</p></body></html>";
    } else {
      type = "text/plain; charset=UTF-8";
      body = text;
    }
    request
        .response()
        .setStatusCode(isDisabled ? 503 : 200)
        .putHeader("Content-Type", type)
        .end(body);
  }
}
