package dev.glance.api.auth.keystone;

import dev.glance.api.auth.Authenticator;
import dev.glance.api.auth.Caller;
import dev.glance.api.auth.UserToken;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Knows callers by their Keystone tokens, as keystonemiddleware's {@code auth_token} with a
 * deferred decision does (API reference section 8). Only tokens count: no other header says who is
 * calling, so there is none to forge.
 */
@Singleton
public final class KeystoneAuthenticator implements Authenticator {
  private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final Caller ANYONE = new Caller(null, null, Set.of());

  private final TokenCache tokens;
  private final Set<String> serviceTokenRoles;
  private final boolean isAnonymousFine;
  private final Optional<String> challenge;

  KeystoneAuthenticator(KeystoneConfig config, KeystoneClient keystone) {
    this.tokens =
        new TokenCache(config.tokenCacheTime(), config.tokenCacheSize(), keystone::validate);
    this.serviceTokenRoles =
        config.serviceTokenRoles().stream()
            .map(role -> role.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    this.isAnonymousFine = config.allowAnonymousAccess();
    String uri = config.wwwAuthenticateUri().orElseGet(() -> config.url().orElseThrow().toString());
    this.challenge = Optional.of("Keystone uri=\"" + uri + "\"");
    keystone.warmUp();
  }

  @Override
  public Optional<String> challenge(HttpServerRequest request) {
    return challenge;
  }

  @Override
  public Future<Caller> authenticate(HttpServerRequest request) {
    String token = shownToken(request);
    if (token == null) {
      return unknown(request, "This call needs a token in X-Auth-Token.");
    }
    String serviceToken = header(request, "X-Service-Token");
    if (serviceToken == null) {
      return userOf(request, token, Set.of());
    }
    return find(serviceToken, false)
        .compose(service -> userOf(request, token, serviceRoles(service)));
  }

  @Override
  public Optional<UserToken> userToken(HttpServerRequest request) {
    return UserToken.of(shownToken(request));
  }

  private static @Nullable String shownToken(HttpServerRequest request) {
    String token = header(request, "X-Auth-Token");
    return token == null ? header(request, "X-Storage-Token") : token;
  }

  /**
   * The roles of a service that may speak for its users; none for any other token, which then
   * changes nothing.
   */
  private Set<String> serviceRoles(Optional<ValidToken> service) {
    return service
        .filter(token -> !token.isExpired())
        .map(token -> token.caller().roles())
        .filter(roles -> !Collections.disjoint(roles, serviceTokenRoles))
        .orElse(Set.of());
  }

  /**
   * The user whose token it is.
   *
   * @param serviceRoles of the service that sent the request; not empty: the user's token may have
   *     expired meanwhile, and need not allow this very call, which is the service's
   */
  private Future<Caller> userOf(HttpServerRequest request, String token, Set<String> serviceRoles) {
    boolean isFromService = !serviceRoles.isEmpty();
    return find(token, isFromService)
        .compose(
            found -> {
              if (found.isEmpty()) {
                return unknown(request, "The token is unknown or has expired.");
              }
              ValidToken user = found.get();
              if (isFromService) {
                return Future.succeededFuture(user.caller().withServiceRoles(serviceRoles));
              }
              if (user.isExpired()) {
                return unknown(request, "The token is unknown or has expired.");
              }
              if (!user.allows(request.method().name(), String.valueOf(request.path()))) {
                return unknown(
                    request, "The token's application credential does not allow this call.");
              }
              return Future.succeededFuture(user.caller());
            });
  }

  private Future<Optional<ValidToken>> find(String token, boolean isExpiredFine) {
    return UserToken.of(token).isPresent()
        ? tokens.find(token, isExpiredFine)
        : Future.succeededFuture(Optional.empty());
  }

  /** Without a valid token, where that may be: reads what anybody may read. */
  private Future<Caller> unknown(HttpServerRequest request, String reason) {
    if (!isAnonymousFine) {
      return Future.failedFuture(new GlanceException(ErrorCode.UNAUTHENTICATED, reason));
    }
    return READING.contains(request.method())
        ? Future.succeededFuture(ANYONE)
        : Future.failedFuture(GlanceException.forbidden("Without a token one can only read."));
  }

  private static @Nullable String header(HttpServerRequest request, String name) {
    String value = request.getHeader(name);
    return value == null || value.isBlank() ? null : value.strip();
  }
}
