package dev.glance.api.auth;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/**
 * One way to find out who is calling, chosen by {@code glance.auth.mode}. Called on an event loop,
 * so it never blocks; the request is paused while a future is pending.
 */
@FunctionalInterface
public interface Authenticator {
  /**
   * Looks at the request's headers only.
   *
   * @return the caller, or a failure with a {@link dev.glance.model.error.GlanceException}: {@code
   *     UNAUTHENTICATED} when unknown, {@code IDENTITY_UNAVAILABLE} when it cannot be told now. It
   *     may complete on any thread.
   */
  Future<Caller> authenticate(HttpServerRequest request);

  /**
   * The Keystone token of a request that was let in, with which this service may call others on the
   * caller's behalf; empty for a mode whose callers have none.
   */
  default Optional<UserToken> userToken(HttpServerRequest request) {
    return Optional.empty();
  }

  /**
   * The {@code WWW-Authenticate} header of every 401 to this request, whoever raises it; empty for
   * a mode without any.
   */
  default Optional<String> challenge(HttpServerRequest request) {
    return Optional.empty();
  }
}
