package dev.glance.api.store.swift;

import dev.glance.api.store.StoreException;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Translates what Swift and Keystone answer, and what the network does. */
final class SwiftErrors {
  private SwiftErrors() {}

  /** The store's word for an answer that is none of those asked for. */
  static StoreException ofStatus(String store, String doing, int status) {
    String message = "store " + store + ": Swift answered " + status + " to " + doing;
    return switch (status) {
      case 404, 410 -> new StoreException.NotFound(message, null);
      case 401, 403 -> new StoreException.Denied(message, null);
      // Quotas of accounts and containers are 413, a full disk is 507.
      case 413, 507 -> new StoreException.Full(message, null);
      // Fewer bytes than were asked for.
      case 416 -> new StoreException.NotFound(message, null);
      default -> new StoreException.Unavailable(message, null);
    };
  }

  /** The store's word for an exchange that failed. */
  static StoreException translate(String store, String doing, Throwable e) {
    String why =
        e instanceof TimeoutException
            ? "there was no answer in time"
            : e.getClass().getSimpleName() + (e instanceof IOException ? "" : " " + e.getMessage());
    return new StoreException.Unavailable(
        "store " + store + ": Swift could not be asked for " + doing + ": " + why, e);
  }

  /** The store's word for what a thread that asked Swift ended with. */
  static StoreException of(String store, String doing, ExecutionException e) {
    return e.getCause() instanceof StoreException known
        ? known
        : translate(store, doing, Objects.requireNonNullElse(e.getCause(), e));
  }

  static StoreException cancelled(String store, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new StoreException.Cancelled("store " + store + ": cancelled", e);
  }
}
