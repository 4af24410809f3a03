package dev.glance.api.store.http;

import dev.glance.api.store.StoreException;
import java.io.IOException;
import java.security.cert.CertificateException;

/** Translates what a web server answers, and what the network does. */
final class HttpErrors {
  private HttpErrors() {}

  /** The store's word for an answer of 300 or more. */
  static StoreException ofStatus(String store, int status) {
    String message = "store " + store + ": the server answered " + status;
    return switch (status) {
      case 404, 410 -> new StoreException.NotFound(message, null);
      case 401, 403, 407 -> new StoreException.Denied(message, null);
      default ->
          status >= 500
              ? new StoreException.Unavailable(message, null)
              : new StoreException.BadLocation(message, null);
    };
  }

  /** The store's word for an exchange that failed. */
  static StoreException translate(String store, IOException e) {
    // The message may hold the host, which is as good as the location.
    String what =
        isOfCertificate(e)
            ? "the server's certificate is not trusted"
            : "the server cannot be reached: " + e.getClass().getSimpleName();
    return new StoreException.Unavailable("store " + store + ": " + what, e);
  }

  private static boolean isOfCertificate(IOException e) {
    Throwable cause = e;
    while (cause != null) {
      if (cause instanceof CertificateException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
