package dev.glance.api.policy;

import dev.glance.api.auth.AdminRule;
import dev.glance.api.auth.Caller;
import jakarta.inject.Singleton;

/** The policy rules in force. */
@Singleton
public final class Policy implements AdminRule {
  @Override
  public boolean isAdmin(Caller caller) {
    return caller.roles().contains("admin");
  }
}
