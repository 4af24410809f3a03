package dev.glance.api.auth.oidc;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.Use;
import org.jose4j.jwk.VerificationJwkSelector;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;

/**
 * The keys that an issuer signs with, fetched when first needed, when a token names one that is not
 * among them, and when they are old. However many ask, the issuer is asked by one at a time and not
 * more often than {@link #MIN_INTERVAL}; while it cannot be reached, the keys known go on. Blocks.
 */
final class IssuerKeys implements VerificationKeyResolver {
  private static final Logger log = Logger.getLogger(IssuerKeys.class);

  /** Tokens with made-up key ids must not make us flood the issuer. */
  static final Duration MIN_INTERVAL = Duration.ofSeconds(5);

  private static final int MAX_DOCUMENT_BYTES = 1 << 20;

  private final String issuer;
  private final Optional<URI> jwksUrl;
  private final Duration timeout;
  private final long maxAgeNanos;
  private final HttpClient http;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile State state = new State(List.of(), false, 0, 0);

  /**
   * What is known.
   *
   * @param isReachable whether the last fetch succeeded
   * @param fetchedAt of the keys, in nanoseconds; 0 for never
   * @param askedAt of the last attempt; 0 for never
   */
  private record State(List<JsonWebKey> keys, boolean isReachable, long fetchedAt, long askedAt) {}

  IssuerKeys(OidcConfig config) {
    this.issuer = config.issuer().orElseThrow();
    this.jwksUrl = config.jwksUrl();
    this.timeout = config.timeout();
    this.maxAgeNanos = config.keysMaxAge().toNanos();
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /**
   * The key that a token is signed with.
   *
   * @throws UnresolvableKeyException when the issuer has none such
   * @throws GlanceException {@code IDENTITY_UNAVAILABLE} when that cannot be known now
   */
  @Override
  public Key resolveKey(JsonWebSignature token, List<JsonWebStructure> nesting)
      throws UnresolvableKeyException {
    State known = state;
    Optional<Key> key = select(token, known.keys());
    if (key.isPresent()) {
      if (isOld(known) && asking.tryLock()) {
        // The others go on with the keys there are.
        try {
          refresh(known);
        } finally {
          asking.unlock();
        }
        key = select(token, state.keys());
      }
    } else {
      asking.lock();
      try {
        refresh(known);
      } finally {
        asking.unlock();
      }
      key = select(token, state.keys());
      if (key.isEmpty() && !state.isReachable()) {
        throw new GlanceException(
            ErrorCode.IDENTITY_UNAVAILABLE, "The issuer's keys cannot be read now. Try again.");
      }
    }
    return key.orElseThrow(() -> new UnresolvableKeyException("no such key"));
  }

  private static Optional<Key> select(JsonWebSignature token, List<JsonWebKey> keys)
      throws UnresolvableKeyException {
    try {
      JsonWebKey key = new VerificationJwkSelector().select(token, keys);
      return Optional.ofNullable(key).map(JsonWebKey::getKey);
    } catch (JoseException e) {
      throw new UnresolvableKeyException("the key cannot be chosen", e);
    }
  }

  private boolean isOld(State known) {
    return System.nanoTime() - known.fetchedAt() > maxAgeNanos;
  }

  /** Asks the issuer, unless that was done since {@code seen} or a moment ago. */
  private void refresh(State seen) {
    State now = state;
    boolean isRecent =
        now.askedAt() != 0 && System.nanoTime() - now.askedAt() < MIN_INTERVAL.toNanos();
    if (now.askedAt() != seen.askedAt() || isRecent) {
      return;
    }
    long begun = System.nanoTime();
    try {
      List<JsonWebKey> keys = fetch();
      log.infof("Read %d keys of %s", keys.size(), issuer);
      state = new State(keys, true, begun, begun);
    } catch (IOException e) {
      log.warnf("The keys of %s cannot be read: %s", issuer, e.getMessage());
      state = new State(now.keys(), false, now.fetchedAt(), System.nanoTime());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      state = new State(now.keys(), false, now.fetchedAt(), System.nanoTime());
    }
  }

  private List<JsonWebKey> fetch() throws IOException, InterruptedException {
    URI url = jwksUrl.isPresent() ? jwksUrl.get() : discover();
    try {
      return new JsonWebKeySet(get(url))
          .getJsonWebKeys().stream()
              .filter(key -> key.getUse() == null || key.getUse().equals(Use.SIGNATURE))
              .toList();
    } catch (JoseException e) {
      throw new IOException(url + " is no set of keys", e);
    }
  }

  private URI discover() throws IOException, InterruptedException {
    URI url = URI.create(issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration");
    try {
      JsonObject document = new JsonObject(get(url));
      if (!issuer.equals(document.getString("issuer"))) {
        throw new IOException(url + " is of another issuer");
      }
      return URI.create(document.getString("jwks_uri", ""));
    } catch (DecodeException | ClassCastException | IllegalArgumentException e) {
      throw new IOException(url + " is no discovery document", e);
    }
  }

  private String get(URI url) throws IOException, InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(url).timeout(timeout).build();
      var answer =
          http.sendAsync(
                  request,
                  HttpResponse.BodyHandlers.limiting(
                      HttpResponse.BodyHandlers.ofByteArray(), MAX_DOCUMENT_BYTES))
              // The request's own limit ends with the head of the answer.
              .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (answer.statusCode() != 200) {
        throw new IOException(url + " answers " + answer.statusCode());
      }
      return new String(answer.body(), StandardCharsets.UTF_8);
    } catch (java.util.concurrent.TimeoutException _) {
      throw new IOException(url + " does not answer within " + timeout);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IOException(url + " cannot be reached: " + e.getCause(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(url + " is no http or https URL", e);
    }
  }

  void close() {
    http.shutdownNow();
  }
}
