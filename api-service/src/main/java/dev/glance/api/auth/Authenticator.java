package dev.glance.api.auth;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;

/**
 * One way to find out who is calling, chosen by {@code glance.auth.mode}. Called on an event loop,
 * so it never blocks; the request is paused while a future is pending.
 */
@FunctionalInterface
interface Authenticator {
  /**
   * Looks at the request's headers only.
   *
   * @return the caller, or a failure with a {@link dev.glance.model.error.GlanceException}: {@code
   *     UNAUTHENTICATED} when unknown
   */
  Future<Caller> authenticate(HttpServerRequest request);
}
