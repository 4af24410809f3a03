package dev.glance.api.store.s3;

import dev.glance.api.store.StoreException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Translates what S3 answers, and what the network does. */
final class S3Errors {
  private S3Errors() {}

  /** The store's word for a call that failed. */
  static StoreException translate(String store, String doing, Throwable e) {
    return switch (e) {
      case StoreException known -> known;
      case S3Exception answer -> ofAnswer(store, doing, answer);
      default ->
          new StoreException.Unavailable(
              "store "
                  + store
                  + ": S3 could not be asked for "
                  + doing
                  + ": "
                  + root(e).getClass().getSimpleName(),
              e);
    };
  }

  private static StoreException ofAnswer(String store, String doing, S3Exception e) {
    String code = code(e);
    String answer = (e.statusCode() + " " + code).strip();
    String message = "store " + store + ": S3 answered " + answer + " to " + doing;
    // Those with a quota of their own say so in an error of their own, radosgw with status 403.
    if (code.contains("QuotaExceeded")
        || code.contains("StorageFull")
        || code.equals("EntityTooLarge")) {
      return new StoreException.Full(message, e);
    }
    return switch (e.statusCode()) {
      case 404, 410 -> new StoreException.NotFound(message, e);
      case 401, 403 -> new StoreException.Denied(message, e);
      case 413, 507 -> new StoreException.Full(message, e);
      // Fewer bytes than were asked for.
      case 416 -> new StoreException.NotFound(message, e);
      default -> new StoreException.Unavailable(message, e);
    };
  }

  /** S3's name for what is wrong; empty when the answer holds none, as to a HEAD. */
  static String code(S3Exception e) {
    AwsErrorDetails details = e.awsErrorDetails();
    return details == null || details.errorCode() == null ? "" : details.errorCode();
  }

  /** What a fault began with. */
  static Throwable root(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** The status of the answer that a fault was made of, or 0. */
  static int status(StoreException e) {
    return e.getCause() instanceof S3Exception answer ? answer.statusCode() : 0;
  }

  /** Whether what is missing is the bucket; a HEAD does not say. */
  static boolean isNoBucket(StoreException e) {
    return e.getCause() instanceof S3Exception answer && code(answer).equals("NoSuchBucket");
  }
}
