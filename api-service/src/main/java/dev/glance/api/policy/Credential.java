package dev.glance.api.policy;

import dev.glance.api.auth.Caller;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What check strings can ask of a caller, by the names of oslo.context's policy values. */
enum Credential {
  PROJECT_ID,
  USER_ID,
  DOMAIN_ID,
  USER_DOMAIN_ID,
  PROJECT_DOMAIN_ID,
  SYSTEM_SCOPE,
  /** Another name of {@link #SYSTEM_SCOPE}. */
  SYSTEM,
  ROLES,
  SERVICE_ROLES,
  /** Whether the rule context_is_admin holds; in that rule itself it never does. */
  IS_ADMIN,
  /** Everyone's, as in oslo.context where Keystone says nothing else. */
  IS_ADMIN_PROJECT;

  private static final Map<String, Credential> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toMap(Credential::wireName, Function.identity()));

  static Optional<Credential> of(String wireName) {
    return Optional.ofNullable(BY_NAME.get(wireName));
  }

  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether the caller's is, or contains, this value; one that the caller lacks matches nothing.
   */
  boolean matches(Caller caller, String value) {
    return switch (this) {
      case PROJECT_ID -> value.equals(caller.project());
      case USER_ID -> value.equals(caller.user());
      case DOMAIN_ID -> value.equals(caller.domain());
      case USER_DOMAIN_ID -> value.equals(caller.userDomain());
      case PROJECT_DOMAIN_ID -> value.equals(caller.projectDomain());
      case SYSTEM_SCOPE, SYSTEM ->
          caller.tokenScope() == Caller.TokenScope.SYSTEM && value.equals("all");
      case ROLES -> caller.roles().contains(value);
      case SERVICE_ROLES -> caller.serviceRoles().contains(value);
      case IS_ADMIN -> value.equals(caller.isAdmin() ? "True" : "False");
      case IS_ADMIN_PROJECT -> value.equals("True");
    };
  }

  /** What the caller has, for people. */
  String of(Caller caller) {
    return String.valueOf(
        switch (this) {
          case PROJECT_ID -> caller.project();
          case USER_ID -> caller.user();
          case DOMAIN_ID -> caller.domain();
          case USER_DOMAIN_ID -> caller.userDomain();
          case PROJECT_DOMAIN_ID -> caller.projectDomain();
          case SYSTEM_SCOPE, SYSTEM ->
              caller.tokenScope() == Caller.TokenScope.SYSTEM ? "all" : null;
          case ROLES -> new TreeSet<>(caller.roles());
          case SERVICE_ROLES -> new TreeSet<>(caller.serviceRoles());
          case IS_ADMIN -> caller.isAdmin() ? "True" : "False";
          case IS_ADMIN_PROJECT -> "True";
        });
  }
}
