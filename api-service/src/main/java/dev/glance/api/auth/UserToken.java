package dev.glance.api.auth;

import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The Keystone token that a request came with: a secret, with which this service calls others on
 * the caller's behalf. Kept apart from {@link Caller}, and prints as nothing, so that no log has
 * it.
 */
public final class UserToken {
  private static final String KEY = UserToken.class.getName();

  /** Whatever else is there could not stand in a header of ours. */
  private static final Pattern FORM = Pattern.compile("[!-~]+");

  private final String value;

  private UserToken(String value) {
    this.value = value;
  }

  /** Reads a header's value; empty when it could not be a token at all. */
  public static Optional<UserToken> of(@Nullable String text) {
    return text != null && FORM.matcher(text).matches()
        ? Optional.of(new UserToken(text))
        : Optional.empty();
  }

  /** The token of a request that passed {@link AuthFilter}; empty where callers have none. */
  public static Optional<UserToken> find(RoutingContext request) {
    return Optional.ofNullable(request.get(KEY));
  }

  /** What goes into {@code X-Auth-Token}. */
  public String value() {
    return value;
  }

  @Override
  public String toString() {
    return "UserToken";
  }

  void attachTo(RoutingContext request) {
    request.put(KEY, this);
  }
}
