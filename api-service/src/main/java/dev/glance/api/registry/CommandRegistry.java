package dev.glance.api.registry;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.glance.api.auth.SecretSetting;
import dev.glance.model.error.ErrorBody;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.Scope;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The registry for a command that runs beside the service: plain HTTP, because the service's own
 * client needs the whole framework.
 */
public final class CommandRegistry implements AutoCloseable {
  /** Commands ask for much at once, and disks may be slow. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static final ObjectMapper JSON =
      JsonMapper.builder().addModule(new JavaTimeModule()).build();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final String address;
  private final String authorization;

  public CommandRegistry(RegistryConfig config) {
    String url = config.url().toString();
    this.address = url.endsWith("/") ? url : url + "/";
    this.authorization =
        "Bearer " + SecretSetting.read(config.token(), config.tokenFile()).orElse("");
  }

  /**
   * Makes a call.
   *
   * @param path below the registry's address, with its query
   * @param body what is sent as JSON, or null for nothing
   * @return what was answered, read as {@code type}
   * @throws GlanceException as the registry refuses, or {@code REGISTRY_UNAVAILABLE}
   */
  public <T> T call(String method, String path, @Nullable Object body, TypeReference<T> type) {
    return read(send(method, path, body), type);
  }

  /** The same for calls that answer nothing. */
  public void call(String method, String path, @Nullable Object body) {
    send(method, path, body);
  }

  @Override
  public void close() {
    http.close();
  }

  private byte[] send(String method, String path, @Nullable Object body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + path))
            .timeout(TIMEOUT)
            .header("Authorization", authorization)
            .header(Scope.HEADER, Scope.service().toString())
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .method(
                method,
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(write(body)))
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
