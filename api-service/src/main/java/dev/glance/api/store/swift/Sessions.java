package dev.glance.api.store.swift;

import dev.glance.api.store.StoreException;
import java.time.Instant;

/** Where requests to one account go, and with which token. Thread-safe; blocks. */
interface Sessions {
  /**
   * What requests are made with.
   *
   * @param storageUrl the account's URL, without a slash at the end
   */
  record Session(String storageUrl, String token, Instant renewAt) {
    boolean isFresh() {
      return Instant.now().isBefore(renewAt);
    }

    /** The same token at another account. */
    Session at(String accountUrl) {
      return new Session(accountUrl, token, renewAt);
    }

    @Override
    public String toString() {
      return "Session[" + storageUrl + "]";
    }
  }

  /**
   * A session that should be good for the next request.
   *
   * @throws StoreException.Denied when the user is refused
   * @throws StoreException.Unavailable when nobody can say
   */
  Session session();

  /** Swift refused the token: the next one is another. */
  void forget(Session refused);
}
