package dev.glance.api.store.swift;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a project's account: with the token of the user who uploads, until Swift refuses it,
 * as it does when the token ends in mid-upload; then, and where there is none, with the store's
 * own.
 */
final class TenantSessions implements Sessions {
  private final Sessions own;
  private final String accountUrl;
  private volatile @Nullable Session users;

  TenantSessions(Sessions own, String accountUrl, @Nullable String token) {
    this.own = own;
    this.accountUrl = accountUrl;
    this.users = token == null ? null : new Session(accountUrl, token, Instant.MAX);
  }

  @Override
  public Session session() {
    Session held = users;
    return held != null ? held : own.session().at(accountUrl);
  }

  @Override
  public void forget(Session refused) {
    if (refused.equals(users)) {
      users = null;
    } else {
      own.forget(refused);
    }
  }
}
