package dev.glance.api.auth;

import dev.glance.api.auth.basic.BasicAuthenticator;
import dev.glance.api.auth.headers.HeadersAuthenticator;
import dev.glance.api.auth.keystone.KeystoneAuthenticator;
import dev.glance.api.auth.oidc.OidcAuthenticator;
import dev.glance.api.http.Errors;
import dev.glance.api.http.FilterOrder;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.Set;

/** Names the caller of every request below {@code /v2/}; discovery and health need none. */
@Singleton
public final class AuthFilter {
  private static final Set<String> ALL_ROLES = Set.of("admin", "member", "reader");

  private final Authenticator authenticator;
  private final AdminRule adminRule;

  /** Only the authenticator of the configured mode is ever made: the others lack their settings. */
  AuthFilter(
      AuthConfig config,
      AdminRule adminRule,
      Instance<BasicAuthenticator> basic,
      Instance<OidcAuthenticator> oidc,
      Instance<HeadersAuthenticator> headers,
      Instance<KeystoneAuthenticator> keystone) {
    this.adminRule = adminRule;
    this.authenticator =
        switch (config.mode()) {
          case NONE -> everyoneIsAdmin(config.none());
          case HTTP_BASIC -> basic.get();
          case OIDC -> oidc.get();
          case HEADERS -> headers.get();
          case KEYSTONE -> keystone.get();
        };
  }

  void register(@Observes Filters filters) {
    filters.register(this::authenticate, FilterOrder.AUTH);
  }

  private static Authenticator everyoneIsAdmin(AuthConfig.None config) {
    Future<Caller> admin =
        Future.succeededFuture(new Caller(config.project(), config.user(), ALL_ROLES));
    return _ -> admin;
  }

  private void authenticate(RoutingContext request) {
    if (!request.normalizedPath().startsWith("/v2/")) {
      request.next();
      return;
    }
    authenticator
        .challenge(request.request())
        .ifPresent(challenge -> request.put(Errors.CHALLENGE, challenge));
    Future<Caller> answer = authenticator.authenticate(request.request());
    if (answer.isComplete()) {
      proceed(request, answer);
    } else {
      request.request().pause();
      // The answer may come on another's event loop, where it was asked for first.
      Context context = request.vertx().getOrCreateContext();
      answer.onComplete(
          _ ->
              context.runOnContext(
                  _ -> {
                    request.request().resume();
                    proceed(request, answer);
                  }));
    }
  }

  private void proceed(RoutingContext request, Future<Caller> answer) {
    if (answer.succeeded()) {
      Caller caller = answer.result();
      caller.asAdmin(adminRule.isAdmin(caller)).attachTo(request);
      authenticator.userToken(request.request()).ifPresent(token -> token.attachTo(request));
      request.next();
    } else {
      Errors.send(request, answer.cause());
    }
  }
}
