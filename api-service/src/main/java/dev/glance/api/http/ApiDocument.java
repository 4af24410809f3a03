package dev.glance.api.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Serves the description of this API, OpenAPI 3.1, to everyone: as it was written at {@code
 * /openapi.yaml}, and as JSON at {@code /openapi.json}.
 */
@Singleton
public final class ApiDocument {
  private static final String YAML = "/openapi.yaml";
  private static final String JSON = "/openapi.json";
  private static final Set<String> PATHS = Set.of(YAML, JSON);

  ApiDocument() {}

  void register(@Observes Router router) {
    // Read when it is asked for, and not on the event loop: hardly anybody asks, and then once.
    router
        .route(YAML)
        .method(HttpMethod.GET)
        .method(HttpMethod.HEAD)
        .blockingHandler(request -> send(request, "application/yaml", yaml()));
    router
        .route(JSON)
        .method(HttpMethod.GET)
        .method(HttpMethod.HEAD)
        .blockingHandler(request -> send(request, "application/json", json()));
  }

  /** Whether a path is one of the two. */
  static boolean isAt(String path) {
    return PATHS.contains(path);
  }

  /** The document as it was written. */
  static String yaml() {
    try (InputStream source =
        Objects.requireNonNull(ApiDocument.class.getResourceAsStream(YAML), YAML)) {
      return new String(source.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same document in JSON. */
  static String json() {
    Object document = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml());
    try {
      return new ObjectMapper().writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void send(RoutingContext request, String type, String document) {
    request.response().putHeader("Content-Type", type).end(Buffer.buffer(document));
  }
}
