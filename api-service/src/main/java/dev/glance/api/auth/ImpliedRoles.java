package dev.glance.api.auth;

import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The roles that others imply: admin ⇒ member ⇒ reader, as Keystone's bootstrap has them. Keystone
 * adds these itself; in the modes without it this service does.
 */
public final class ImpliedRoles {
  private ImpliedRoles() {}

  /** The roles in lower case, and those that they imply. */
  public static Set<String> with(Collection<String> roles) {
    Set<String> all = new HashSet<>();
    roles.forEach(role -> all.add(role.toLowerCase(Locale.ROOT)));
    if (all.contains("admin")) {
      all.add("member");
    }
    if (all.contains("member")) {
      all.add("reader");
    }
    return Set.copyOf(all);
  }
}
