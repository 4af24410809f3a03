package dev.glance.api.store.swift;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Tenant;
import dev.glance.model.registry.UploadKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which container of which account an image is in, and what its location says. Thread-safe. */
sealed interface Accounts permits OneAccount, TenantAccounts {
  /**
   * A container of an account.
   *
   * @param isOfOneImage whether it was made for one image, and goes with it
   */
  record Home(SwiftClient account, String container, boolean isOfOneImage) {
    String path(String object) {
      return SwiftClient.path(container, object);
    }
  }

  /** An object in one. */
  record Place(Home home, String object) {
    SwiftClient account() {
      return home.account();
    }

    String path() {
      return home.path(object);
    }
  }

  /**
   * Where an attempt at an upload puts everything; from now on {@link #find} knows it.
   *
   * @param tenant for whom it is, or null for the store itself
   */
  Home begin(UploadKey key, @Nullable Tenant tenant);

  /** Where an attempt may have put something. */
  List<Home> find(UploadKey key);

  /** Something is gone from there; removes what was made for it beside, unless others need it. */
  void tidy(Home home);

  /** What the location of an object says. */
  StoreLocation at(Home home, String object);

  /** The object that a location names; empty when it is not one of this store's. */
  Optional<Place> place(StoreLocation at);

  /**
   * Looks whether the store's user may do in the accounts what it has to; soon gives up.
   *
   * @throws StoreException when it may not, or nobody can say
   */
  void check(Duration limit);

  /** Names all containers that may hold images. */
  void list(Consumer<Home> each);
}
