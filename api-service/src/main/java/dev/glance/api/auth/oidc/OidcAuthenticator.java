package dev.glance.api.auth.oidc;

import dev.glance.api.auth.Authenticator;
import dev.glance.api.auth.Caller;
import dev.glance.api.auth.VerifiedCredentials;
import dev.glance.api.auth.VerifiedCredentials.Verified;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jboss.logging.Logger;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;

/**
 * Knows callers by signed tokens of one issuer (RFC 7519, RFC 8725), shown as {@code Authorization:
 * Bearer} or, as OpenStack clients do with {@code --os-auth-type admin_token}, as {@code
 * X-Auth-Token}. A token is verified once and remembered until it expires.
 */
@Singleton
public final class OidcAuthenticator implements Authenticator {
  private static final Logger log = Logger.getLogger(OidcAuthenticator.class);

  private static final String SCHEME = "Bearer ";

  /** Far more than a token with many roles has. */
  private static final int MAX_TOKEN_CHARS = 16_384;

  /** Tokens under verification; each takes well under a millisecond, unless keys must be read. */
  private static final int MAX_UNDER_WAY = 1000;

  private static final Optional<String> CHALLENGE = Optional.of("Bearer realm=\"glance\"");
  private static final Optional<String> CHALLENGE_AFTER_TOKEN =
      Optional.of("Bearer realm=\"glance\", error=\"invalid_token\"");

  private final Claims claims;
  private final IssuerKeys keys;
  private final JwtConsumer consumer;
  private final Duration clockSkew;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("oidc-", 0).factory());
  private final VerifiedCredentials verified = new VerifiedCredentials(threads, MAX_UNDER_WAY);

  OidcAuthenticator(OidcConfig config) {
    this.claims = new Claims(config);
    this.keys = new IssuerKeys(config);
    this.clockSkew = config.clockSkew();
    this.consumer =
        new JwtConsumerBuilder()
            .setJwsAlgorithmConstraints(
                new AlgorithmConstraints(
                    ConstraintType.PERMIT, config.algorithms().toArray(String[]::new)))
            .setVerificationKeyResolver(keys)
            .setExpectedIssuer(config.issuer().orElseThrow())
            .setExpectedAudience(config.audience().orElseThrow().toArray(String[]::new))
            .setRequireExpirationTime()
            .setRequireSubject()
            .setAllowedClockSkewInSeconds((int) clockSkew.toSeconds())
            .build();
  }

  @PreDestroy
  void stop() {
    threads.shutdownNow();
    keys.close();
  }

  @Override
  public Optional<String> challenge(HttpServerRequest request) {
    return token(request).isPresent() ? CHALLENGE_AFTER_TOKEN : CHALLENGE;
  }

  @Override
  public Future<Caller> authenticate(HttpServerRequest request) {
    Optional<String> token = token(request);
    if (token.isEmpty()) {
      return Future.failedFuture(unknown("This call needs a token of the issuer."));
    }
    if (token.get().length() > MAX_TOKEN_CHARS) {
      return Future.failedFuture(unknown("The token is too long."));
    }
    return verified.verify(token.get(), () -> verify(token.get()));
  }

  private static Optional<String> token(HttpServerRequest request) {
    List<String> headers = request.headers().getAll("Authorization");
    if (headers.size() == 1
        && headers.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Optional.of(headers.getFirst().substring(SCHEME.length()).strip());
    }
    return headers.isEmpty()
        ? Optional.ofNullable(request.getHeader("X-Auth-Token")).map(String::strip)
        : Optional.empty();
  }

  private Verified verify(String token) {
    try {
      JwtClaims said = consumer.processToClaims(token);
      Duration rest =
          Duration.ofMillis(
                  said.getExpirationTime().getValueInMillis()
                      - NumericDate.now().getValueInMillis())
              .plus(clockSkew);
      return new Verified(claims.caller(said.getClaimsMap()), rest);
    } catch (InvalidJwtException e) {
      // What jose4j says quotes the claims, so only its codes are told.
      log.debugf(
          "A token is refused: error codes %s",
          e.getErrorDetails().stream().map(d -> d.getErrorCode()).toList());
      throw unavailable(e)
          .orElseGet(() -> unknown("The token is not valid here, or not any more."));
    } catch (MalformedClaimException _) {
      throw unknown("The token is not valid here.");
    }
  }

  /** The keys may have been out of reach somewhere below. */
  private static Optional<GlanceException> unavailable(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof GlanceException e) {
        return Optional.of(e);
      }
    }
    return Optional.empty();
  }

  private static GlanceException unknown(String reason) {
    return new GlanceException(ErrorCode.UNAUTHENTICATED, reason);
  }
}
