package dev.glance.api.store.swift;

import dev.glance.api.store.StoreException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Logs one user in, at Keystone (v3, by password) or at Swift itself (v1), and again before the
 * token ends or when Swift refuses it. Thread-safe; blocks.
 */
final class SwiftAuth implements Sessions {
  /** So long before its end a token is replaced: a request under way outlives no token. */
  private static final Duration RENEW_BEFORE_END = Duration.ofSeconds(60);

  private final String store;
  private final SwiftConfig config;
  private final String user;
  private final String key;
  private final HttpClient client;
  private final ReentrantLock renewing = new ReentrantLock();
  private volatile @Nullable Session current;

  SwiftAuth(String store, SwiftConfig config, String user, String key, HttpClient client) {
    this.store = store;
    this.config = config;
    this.user = user;
    this.key = key;
    this.client = client;
  }

  @Override
  public Session session() {
    Session held = current;
    if (held != null && held.isFresh()) {
      return held;
    }
    try {
      renewing.lockInterruptibly();
    } catch (InterruptedException e) {
      throw SwiftErrors.cancelled(store, e);
    }
    try {
      held = current;
      if (held != null && held.isFresh()) {
        return held;
      }
      Session made = config.authVersion().equals("1") ? loginToSwift() : loginToKeystone();
      current = made;
      return made;
    } finally {
      renewing.unlock();
    }
  }

  /** Makes the next caller log in again, unless somebody has since. */
  @Override
  public void forget(Session refused) {
    renewing.lock();
    try {
      Session held = current;
      if (held != null && held.token().equals(refused.token())) {
        current = null;
      }
    } finally {
      renewing.unlock();
    }
  }

  private Session loginToSwift() {
    HttpResponse<String> answer =
        send(
            request(config.authAddress().orElseThrow())
                .header("X-Auth-User", user)
                .header("X-Auth-Key", key)
                .GET());
    String token = header(answer, "X-Auth-Token");
    long seconds = answer.headers().firstValueAsLong("X-Auth-Token-Expires").orElse(3600);
    return new Session(
        storageUrl(() -> header(answer, "X-Storage-Url")),
        token,
        renewAt(Instant.now().plusSeconds(seconds)));
  }

  private Session loginToKeystone() {
    HttpResponse<String> answer =
        send(
            request(URI.create(keystone() + "/auth/tokens"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(credentials())));
    String token = header(answer, "X-Subject-Token");
    try {
      JsonObject body = new JsonObject(answer.body()).getJsonObject("token", new JsonObject());
      return new Session(
          storageUrl(() -> fromCatalog(body.getJsonArray("catalog", new JsonArray()))),
          token,
          renewAt(Instant.parse(body.getString("expires_at", ""))));
    } catch (DecodeException | ClassCastException | DateTimeParseException e) {
      throw new StoreException.Unavailable("store " + store + ": that is no Keystone", e);
    }
  }

  private String keystone() {
    String url = config.authAddress().orElseThrow().toString().replaceFirst("/+$", "");
    return url.endsWith("/v3") ? url : url + "/v3";
  }

  private String credentials() {
    int colon = user.indexOf(':');
    JsonObject person =
        new JsonObject()
            .put("name", user.substring(colon + 1))
            .put("domain", domain(config.userDomainName(), config.userDomainId()))
            .put("password", key);
    JsonObject project =
        new JsonObject()
            .put("name", user.substring(0, Math.max(colon, 0)))
            .put("domain", domain(config.projectDomainName(), config.projectDomainId()));
    JsonObject identity =
        new JsonObject()
            .put("methods", new JsonArray().add("password"))
            .put("password", new JsonObject().put("user", person));
    return new JsonObject()
        .put(
            "auth",
            new JsonObject()
                .put("identity", identity)
                .put("scope", new JsonObject().put("project", project)))
        .encode();
  }

  private static JsonObject domain(Optional<String> name, String id) {
    return name.map(value -> new JsonObject().put("name", value))
        .orElseGet(() -> new JsonObject().put("id", id));
  }

  private String fromCatalog(JsonArray catalog) {
    String wanted = config.endpointType().replace("URL", "");
    return objects(catalog)
        .filter(service -> config.serviceType().equals(service.getString("type")))
        .flatMap(service -> objects(service.getJsonArray("endpoints", new JsonArray())))
        .filter(endpoint -> wanted.equals(endpoint.getString("interface")))
        .filter(
            endpoint ->
                config.region().isEmpty()
                    || config.region().get().equals(endpoint.getString("region")))
        .map(endpoint -> endpoint.getString("url"))
        .findFirst()
        .orElseThrow(
            () ->
                new StoreException.Unavailable(
                    "store "
                        + store
                        + ": Keystone's catalog has no "
                        + config.endpointType()
                        + " of a service of type "
                        + config.serviceType()
                        + config.region().map(region -> " in region " + region).orElse(""),
                    null));
  }

  private static Stream<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast);
  }

  private String storageUrl(Supplier<String> told) {
    return config.endpoint().map(URI::toString).orElseGet(told).replaceFirst("/+$", "");
  }

  private static Instant renewAt(Instant end) {
    Duration life = Duration.between(Instant.now(), end);
    Duration early =
        life.compareTo(RENEW_BEFORE_END.multipliedBy(2)) < 0 ? life.dividedBy(2) : RENEW_BEFORE_END;
    return end.minus(early);
  }

  private HttpRequest.Builder request(URI url) {
    return HttpRequest.newBuilder(url)
        .timeout(config.timeout())
        .header("Accept", "application/json");
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        int status = answer.statusCode();
        String message = "store " + store + ": the login was answered with " + status;
        throw status == 401 || status == 403
            ? new StoreException.Denied(message, null)
            : new StoreException.Unavailable(message, null);
      }
      return answer;
    } catch (IOException e) {
      throw SwiftErrors.translate(store, "a login", e);
    } catch (InterruptedException e) {
      throw SwiftErrors.cancelled(store, e);
    }
  }

  private String header(HttpResponse<?> answer, String name) {
    return answer
        .headers()
        .firstValue(name)
        .orElseThrow(
            () ->
                new StoreException.Unavailable(
                    "store " + store + ": the answer to the login has no " + name, null));
  }
}
