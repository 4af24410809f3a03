package dev.glance.api.auth.keystone;

import dev.glance.api.http.RequestId;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Talks to Keystone as the service's own user, with a token that it renews by itself. Nothing here
 * blocks; a thread that may wait uses {@code toCompletionStage().toCompletableFuture().join()}.
 * Whatever keeps Keystone from answering is a {@link GlanceException} with {@code
 * IDENTITY_UNAVAILABLE}.
 */
@Singleton
public class KeystoneClient {
  private static final Logger LOG = Logger.getLogger(KeystoneClient.class);

  /** So long before its end the own token is replaced: a request under way outlives no token. */
  private static final Duration RENEW_BEFORE_END = Duration.ofSeconds(60);

  /** Answers that say more about Keystone's state than about the request. */
  private static final Set<Integer> OVERLOADED = Set.of(408, 425, 429);

  private final String baseUrl;
  private final String credentials;
  private final long timeoutMillis;
  private final HttpClient http;
  private final AtomicReference<@Nullable Future<OwnToken>> own = new AtomicReference<>();

  KeystoneClient(Vertx vertx, KeystoneConfig config) {
    this.baseUrl = baseUrl(config.url().orElseThrow());
    this.credentials = credentials(config);
    this.timeoutMillis = config.timeout().toMillis();
    HttpClientOptions options =
        new HttpClientOptions()
            .setConnectTimeout(Math.toIntExact(timeoutMillis))
            // Who comes when so many wait already is told to come again.
            .setMaxWaitQueueSize(100 * config.maxConnections());
    if (config.insecure()) {
      options.setTrustAll(true).setVerifyHost(false);
    }
    config
        .caFile()
        .ifPresent(
            file -> options.setTrustOptions(new PemTrustOptions().addCertPath(file.toString())));
    this.http =
        vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(config.maxConnections()));
  }

  private record OwnToken(String value, Instant renewAt) {
    boolean isFresh() {
      return Instant.now().isBefore(renewAt);
    }
  }

  private record Answer(int status, Buffer body, @Nullable String subjectToken) {}

  /**
   * Asks for a document with the service's own token.
   *
   * @param path what follows {@code /v3}, with its query: {@code /limits?service_id=…}
   * @return the document, or a failure with {@code IDENTITY_UNAVAILABLE} for any answer but 200
   */
  public Future<JsonObject> get(String path) {
    return authenticated(path, Map.of())
        .map(
            answer -> {
              if (answer.status() != 200) {
                throw refused("GET " + path, answer.status());
              }
              return answer.body().toJsonObject();
            });
  }

  /**
   * What Keystone says of a token; empty when it is none that anybody may use.
   *
   * @param isExpiredFine whether tokens past their end are asked for, too; Keystone bounds by how
   *     much
   */
  Future<Optional<ValidToken>> validate(String token, boolean isExpiredFine) {
    // The catalog may be as large as the whole cloud and is not looked at.
    String path = "/auth/tokens?nocatalog" + (isExpiredFine ? "&allow_expired=1" : "");
    Map<String, String> headers =
        // Says that access rules are heeded here; Keystone hides tokens with rules from others.
        Map.of("X-Subject-Token", token, "OpenStack-Identity-Access-Rules", "1");
    return authenticated(path, headers)
        .map(
            answer -> {
              int status = answer.status();
              if (status == 200) {
                return Optional.of(ValidToken.of(answer.body().toJsonObject()));
              }
              if (status == 401 || status == 403) {
                LOG.errorf(
                    "Keystone lets the service's own user check no token (%d): it needs the role"
                        + " service or admin",
                    status);
                throw refused("checking a token", status);
              }
              // Unknown (404), or malformed in a way that something on the way to Keystone minds.
              if (status >= 400 && status < 500 && !OVERLOADED.contains(status)) {
                return Optional.<ValidToken>empty();
              }
              throw refused("checking a token", status);
            })
        .recover(error -> Future.failedFuture(unavailable(error)));
  }

  /** Gets the own token ahead of the first request, and says in the log if that fails. */
  void warmUp() {
    ownToken()
        .onFailure(
            error ->
                LOG.warnf(
                    "No token for the service's own user yet, it is tried again with each request:"
                        + " %s",
                    error.getMessage()));
  }

  @PreDestroy
  void close() {
    http.close();
  }

  /** A GET with the own token, which is replaced once if Keystone does not know it any more. */
  private Future<Answer> authenticated(String path, Map<String, String> headers) {
    return ownToken()
        .compose(
            token ->
                send(HttpMethod.GET, path, token, headers, Buffer.buffer())
                    .compose(
                        answer -> {
                          if (answer.status() != 401) {
                            return Future.succeededFuture(answer);
                          }
                          forget(token);
                          return ownToken()
                              .compose(
                                  renewed ->
                                      send(
                                          HttpMethod.GET, path, renewed, headers, Buffer.buffer()));
                        }));
  }

  private Future<OwnToken> ownToken() {
    while (true) {
      Future<OwnToken> held = own.get();
      if (held != null && (!held.isComplete() || (held.succeeded() && held.result().isFresh()))) {
        return held;
      }
      Promise<OwnToken> promise = Promise.promise();
      if (own.compareAndSet(held, promise.future())) {
        authenticate().onComplete(promise);
        return promise.future();
      }
    }
  }

  private void forget(OwnToken token) {
    Future<OwnToken> held = own.get();
    if (held != null && held.succeeded() && held.result().equals(token)) {
      own.compareAndSet(held, null);
    }
  }

  private Future<OwnToken> authenticate() {
    return send(
            HttpMethod.POST, "/auth/tokens?nocatalog", null, Map.of(), Buffer.buffer(credentials))
        .map(
            answer -> {
              String token = answer.subjectToken();
              if (answer.status() != 201 || token == null) {
                LOG.errorf(
                    "Keystone gives the service's own user no token (%d): look at"
                        + " glance.auth.keystone.username, .password, .project-name and the domains",
                    answer.status());
                throw refused("authenticating the service's own user", answer.status());
              }
              Instant end = ValidToken.of(answer.body().toJsonObject()).expiresAt();
              Duration life = Duration.between(Instant.now(), end);
              Duration early =
                  life.compareTo(RENEW_BEFORE_END.multipliedBy(2)) < 0
                      ? life.dividedBy(2)
                      : RENEW_BEFORE_END;
              return new OwnToken(token, end.minus(early));
            });
  }

  private Future<Answer> send(
      HttpMethod method,
      String path,
      @Nullable OwnToken token,
      Map<String, String> headers,
      Buffer body) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setAbsoluteURI(baseUrl + path)
            .setConnectTimeout(timeoutMillis)
            .setIdleTimeout(timeoutMillis)
            .putHeader("Accept", "application/json")
            .putHeader("Content-Type", "application/json")
            .putHeader("User-Agent", "glance-api");
    headers.forEach(options::putHeader);
    if (token != null) {
      options.putHeader("X-Auth-Token", token.value());
    }
    String id = RequestId.current();
    if (id != null) {
      options.putHeader(RequestId.HEADER, id);
    }
    return http.request(options)
        // One callback within the other: a body that arrives before anyone asks for it is lost.
        .compose(
            request ->
                request
                    .send(body)
                    .compose(
                        response ->
                            response
                                .body()
                                .map(
                                    bytes ->
                                        new Answer(
                                            response.statusCode(),
                                            bytes,
                                            response.getHeader("X-Subject-Token")))))
        .recover(error -> Future.failedFuture(unavailable(error)));
  }

  private static GlanceException unavailable(Throwable cause) {
    return cause instanceof GlanceException refusal
        ? refusal
        : new GlanceException(
            ErrorCode.IDENTITY_UNAVAILABLE,
            "The identity service cannot be reached. Try again.",
            cause);
  }

  private static GlanceException refused(String what, int status) {
    return unavailable(new IOException("Keystone answered " + status + " to " + what));
  }

  private static String baseUrl(URI url) {
    String text = url.toString().replaceFirst("/+$", "");
    return text.endsWith("/v3") ? text : text + "/v3";
  }

  private static String credentials(KeystoneConfig config) {
    JsonObject user =
        new JsonObject()
            .put("name", config.username().orElseThrow())
            .put("domain", new JsonObject().put("name", config.userDomainName()))
            .put("password", password(config));
    JsonObject scope =
        config
            .projectName()
            .map(
                project ->
                    new JsonObject()
                        .put(
                            "project",
                            new JsonObject()
                                .put("name", project)
                                .put(
                                    "domain",
                                    new JsonObject().put("name", config.projectDomainName()))))
            .orElseGet(() -> new JsonObject().put("system", new JsonObject().put("all", true)));
    JsonObject identity =
        new JsonObject()
            .put("methods", new JsonArray().add("password"))
            .put("password", new JsonObject().put("user", user));
    return new JsonObject()
        .put("auth", new JsonObject().put("identity", identity).put("scope", scope))
        .encode();
  }

  private static String password(KeystoneConfig config) {
    return config
        .passwordFile()
        .map(
            file -> {
              try {
                return Files.readString(file).strip();
              } catch (IOException e) {
                throw new UncheckedIOException("glance.auth.keystone.password-file: " + e, e);
              }
            })
        .or(config::password)
        .orElseThrow();
  }
}
