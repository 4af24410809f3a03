package dev.glance.api.auth.basic;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import dev.glance.api.auth.ImpliedRoles;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Someone who may call.
 *
 * @param project null for none, with which little is allowed
 * @param roles as written down, without those they imply
 */
record User(String name, PasswordHash password, @Nullable String project, Set<String> roles) {
  User {
    roles = Set.copyOf(roles);
  }

  Caller caller() {
    return new Caller(
        project,
        name,
        ImpliedRoles.with(roles),
        Set.of(),
        TokenScope.PROJECT,
        null,
        null,
        null,
        name,
        false);
  }
}
