package dev.glance.api.metadef;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.glance.api.auth.SecretSetting;
import dev.glance.api.registry.RegistryConfig;
import dev.glance.model.error.ErrorBody;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.registry.MetadefCatalogueApi;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

/**
 * The registry's catalogue for a command that runs beside the service: plain HTTP, because the
 * service's own client needs the whole framework.
 */
final class CatalogueClient implements MetadefCatalogueApi, AutoCloseable {
  /** The largest definition files hold a few hundred properties, and disks may be slow. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static final ObjectMapper JSON =
      JsonMapper.builder().addModule(new JavaTimeModule()).build();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final URI address;
  private final String authorization;

  CatalogueClient(RegistryConfig config) {
    String url = config.url().toString();
    this.address = URI.create((url.endsWith("/") ? url : url + "/") + "metadef-catalogue");
    this.authorization =
        "Bearer " + SecretSetting.read(config.token(), config.tokenFile()).orElse("");
  }

  @Override
  public LoadOutcome load(LoadRequest request) {
    return read(send("POST", write(request)), new TypeReference<>() {});
  }

  @Override
  public void unload() {
    send("DELETE", new byte[0]);
  }

  @Override
  public List<NamespaceContent> all() {
    return read(send("GET", new byte[0]), new TypeReference<>() {});
  }

  @Override
  public void close() {
    http.close();
  }

  private byte[] send(String method, byte[] body) {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(TIMEOUT)
            .header("Authorization", authorization)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
            .build();
    HttpResponse<byte[]> response;
    try {
      response = http.send(request, BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw unavailable("The registry at " + address + " cannot be reached.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable("Interrupted while waiting for the registry.", e);
    }
    if (response.statusCode() >= 300) {
      ErrorBody error = read(response.body(), new TypeReference<>() {});
      throw new GlanceException(error.code(), error.message());
    }
    return response.body();
  }

  private static byte[] write(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static <T> T read(byte[] body, TypeReference<T> type) {
    try {
      return JSON.readValue(body, type);
    } catch (IOException e) {
      throw unavailable("What answered is not a registry.", e);
    }
  }

  private static GlanceException unavailable(String message, Throwable cause) {
    return new GlanceException(ErrorCode.REGISTRY_UNAVAILABLE, message, cause);
  }
}
