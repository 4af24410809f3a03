package dev.glance.api.auth.basic;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everyone who may call, as of one reading of the files. */
final class Users {
  /** Stands in where there is nobody whose hash could. */
  private static final PasswordHash NOBODYS =
      PasswordHash.parse("$2y$12$LNEGbkAHGZGcfDy6anQ4A.1VZeo8A1ClBCiTSNFqsTLE2YK68bOT.");

  private final Map<String, User> byName = new LinkedHashMap<>();
  private final List<User> all;

  Users(Collection<User> users) {
    users.forEach(user -> byName.put(user.name(), user));
    this.all = List.copyOf(byName.values());
  }

  /** In the order of the file. */
  List<User> all() {
    return all;
  }

  Optional<User> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * The user, if that is the password. For an unknown name it takes as long as for one of the
   * users, and for the same name always the same one, so that time does not tell who exists.
   */
  Optional<User> verify(String name, byte[] password) {
    User user = byName.get(name);
    if (user != null) {
      return user.password().matches(password) ? Optional.of(user) : Optional.empty();
    }
    PasswordHash decoy =
        all.isEmpty() ? NOBODYS : all.get(Math.floorMod(name.hashCode(), all.size())).password();
    boolean _ = decoy.matches(password);
    return Optional.empty();
  }
}
