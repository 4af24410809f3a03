package dev.glance.api.auth.oidc;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import dev.glance.api.auth.ImpliedRoles;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the claims of a token mean here. */
final class Claims {
  private final OidcConfig config;

  Claims(OidcConfig config) {
    this.config = config;
  }

  /** The caller; what the token does not say, or says in another form, the caller does not have. */
  Caller caller(Map<String, Object> claims) {
    return new Caller(
        one(claims, config.projectClaim()),
        one(claims, config.userClaim()),
        ImpliedRoles.with(texts(find(claims, config.rolesClaim()))),
        Set.of(),
        TokenScope.PROJECT,
        null,
        null,
        null,
        one(claims, config.userNameClaim()),
        false);
  }

  /** A string, or a list of exactly one: of several projects none is meant. */
  private static @Nullable String one(Map<String, Object> claims, String path) {
    Object found = find(claims, path);
    if (found instanceof Collection<?> list && list.size() == 1) {
      found = list.iterator().next();
    }
    return found instanceof String text && !text.isBlank() ? text : null;
  }

  private static List<String> texts(@Nullable Object found) {
    return switch (found) {
      case String text ->
          Arrays.stream(text.split("[ ,]+")).filter(role -> !role.isEmpty()).toList();
      case Collection<?> list ->
          list.stream()
              .filter(String.class::isInstance)
              .map(String.class::cast)
              .map(String::strip)
              .filter(role -> !role.isEmpty())
              .toList();
      case null, default -> List.of();
    };
  }

  /** The claim of that very name, else the way through nested objects. */
  private static @Nullable Object find(Map<?, ?> claims, String path) {
    if (claims.containsKey(path)) {
      return claims.get(path);
    }
    int dot = path.indexOf('.');
    return dot > 0 && claims.get(path.substring(0, dot)) instanceof Map<?, ?> nested
        ? find(nested, path.substring(dot + 1))
        : null;
  }
}
