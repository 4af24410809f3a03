package dev.glance.api.store;

import org.jspecify.annotations.Nullable;

/**
 * The project that an upload is made for, for stores that keep images in their projects' own
 * accounts.
 *
 * @param project its id
 * @param token the Keystone token of the user who uploads, a secret, or null where there is none:
 *     the store then uses its own credentials
 */
public record Tenant(String project, @Nullable String token) {
  @Override
  public String toString() {
    return "Tenant[" + project + "]";
  }
}
