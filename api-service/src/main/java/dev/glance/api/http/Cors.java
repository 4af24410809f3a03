package dev.glance.api.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Tells browsers which pages may call (API reference section 7.12). Our own and not Quarkus', which
 * refuses a request from an origin that is not listed with 403: upstream answers it without the
 * headers, as a program that happens to send an Origin is no browser.
 */
@Singleton
final class Cors {
  /** What every page may set (Fetch standard, and upstream's list). */
  private static final List<String> SIMPLE_HEADERS =
      List.of(
          "Accept",
          "Accept-Language",
          "Cache-Control",
          "Content-Language",
          "Content-Type",
          "Expires",
          "Last-Modified",
          "Pragma");

  private final CorsConfig config;
  private final Set<String> origins;
  private final Set<String> headers = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  Cors(CorsConfig config) {
    this.config = config;
    this.origins = Set.copyOf(config.allowedOrigin().orElse(List.of()));
    headers.addAll(SIMPLE_HEADERS);
    headers.addAll(config.allowHeaders());
  }

  void register(@Observes Filters filters) {
    if (!origins.isEmpty()) {
      filters.register(this::filter, FilterOrder.CORS);
    }
  }

  private void filter(RoutingContext context) {
    HttpServerRequest request = context.request();
    HttpServerResponse response = context.response();
    String origin = allowed(request.getHeader("Origin"));
    if (request.method().equals(HttpMethod.OPTIONS)) {
      if (origin != null && isAllowed(request)) {
        allow(response, origin);
        allowMore(request, response);
      }
      response.end();
      return;
    }
    if (origin != null) {
      allow(response, origin);
      response.putHeader("Access-Control-Expose-Headers", String.join(",", config.exposeHeaders()));
    }
    context.next();
  }

  /** The origin to name in the answer; null when it may not call. */
  private @Nullable String allowed(@Nullable String origin) {
    if (origin == null || origins.contains(origin)) {
      return origin;
    }
    return origins.contains("*") ? "*" : null;
  }

  private boolean isAllowed(HttpServerRequest request) {
    String method = request.getHeader("Access-Control-Request-Method");
    return method != null
        && config.allowMethods().contains(method)
        && headers.containsAll(wanted(request));
  }

  private static List<String> wanted(HttpServerRequest request) {
    String names = request.getHeader("Access-Control-Request-Headers");
    return names == null
        ? List.of()
        : Arrays.stream(names.split(",", -1))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .toList();
  }

  private void allow(HttpServerResponse response, String origin) {
    response.putHeader("Vary", "Origin").putHeader("Access-Control-Allow-Origin", origin);
    if (config.allowCredentials()) {
      response.putHeader("Access-Control-Allow-Credentials", "true");
    }
  }

  private void allowMore(HttpServerRequest request, HttpServerResponse response) {
    response
        .putHeader("Access-Control-Max-Age", Long.toString(config.maxAge().toSeconds()))
        .putHeader(
            "Access-Control-Allow-Methods", request.getHeader("Access-Control-Request-Method"));
    List<String> wanted = wanted(request);
    if (!wanted.isEmpty()) {
      response.putHeader("Access-Control-Allow-Headers", String.join(",", wanted));
    }
  }
}
