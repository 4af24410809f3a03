package dev.glance.api.auth.keystone;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What Keystone says of a token that it knows.
 *
 * @param caller whose it is, with no service roles and not yet known to be admin
 * @param expiresAt from when on it counts only beside a service token; may be past already
 * @param accessRules the only calls allowed, or null for no such restriction
 */
record ValidToken(Caller caller, Instant expiresAt, @Nullable List<AccessRule> accessRules) {
  /**
   * Reads the answer to {@code GET /v3/auth/tokens}.
   *
   * @throws RuntimeException when it is not one
   */
  static ValidToken of(JsonObject answer) {
    JsonObject token = answer.getJsonObject("token");
    JsonObject user = token.getJsonObject("user");
    JsonObject project = token.getJsonObject("project");
    JsonObject domain = token.getJsonObject("domain");
    boolean isSystem = token.getJsonObject("system") != null;
    Caller caller =
        new Caller(
            id(project),
            user.getString("id"),
            roles(token.getJsonArray("roles")),
            Set.of(),
            isSystem ? TokenScope.SYSTEM : domain != null ? TokenScope.DOMAIN : TokenScope.PROJECT,
            id(domain),
            id(user.getJsonObject("domain")),
            project == null ? null : id(project.getJsonObject("domain")),
            user.getString("name"),
            false);
    return new ValidToken(
        caller,
        instant(token.getString("expires_at")),
        accessRules(token.getJsonObject("application_credential")));
  }

  boolean isExpired() {
    return !Instant.now().isBefore(expiresAt);
  }

  /** Whether the token is good for this call, where it is not good for all. */
  boolean allows(String method, String path) {
    return accessRules == null || accessRules.stream().anyMatch(rule -> rule.allows(method, path));
  }

  private static @Nullable String id(@Nullable JsonObject thing) {
    return thing == null ? null : thing.getString("id");
  }

  /** Roles are compared in lower case (API reference section 8). */
  private static Set<String> roles(@Nullable JsonArray roles) {
    Set<String> names = new HashSet<>();
    for (int i = 0; roles != null && i < roles.size(); i++) {
      names.add(roles.getJsonObject(i).getString("name").toLowerCase(Locale.ROOT));
    }
    return names;
  }

  /** Keystone leaves the zone out of the end that an application credential gives its tokens. */
  private static Instant instant(String time) {
    TemporalAccessor parsed =
        DateTimeFormatter.ISO_DATE_TIME.parseBest(time, OffsetDateTime::from, LocalDateTime::from);
    return parsed instanceof OffsetDateTime zoned
        ? zoned.toInstant()
        : LocalDateTime.from(parsed).toInstant(ZoneOffset.UTC);
  }

  private static @Nullable List<AccessRule> accessRules(@Nullable JsonObject credential) {
    JsonArray rules = credential == null ? null : credential.getJsonArray("access_rules");
    return rules == null
        ? null
        : rules.stream().map(JsonObject.class::cast).map(AccessRule::of).toList();
  }
}
