package dev.glance.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a client knows of one of its images: what it sent and what it was answered. Written by the
 * client's thread; others look at what it is doing, and at the rest while the client rests.
 */
final class CrashImage {
  private static final long NO_UPLOAD = -1;

  final String id;
  private final List<String> sent = new ArrayList<>();
  private @Nullable String acknowledged;
  private volatile long uploading = NO_UPLOAD;
  private volatile boolean isDeleteAsked;
  private volatile boolean isDeleteAcknowledged;

  CrashImage(String id) {
    this.id = id;
  }

  /** An upload of these bytes begins. */
  void beginUpload(byte[] bytes) {
    sent.add(CrashClient.sha512(bytes));
    uploading = bytes.length;
  }

  /** It was answered with 204, or not. */
  void endUpload(boolean isAcknowledged) {
    if (isAcknowledged) {
      acknowledged = sent.getLast();
    }
    uploading = NO_UPLOAD;
  }

  void beginDelete() {
    isDeleteAsked = true;
  }

  void endDelete() {
    isDeleteAcknowledged = true;
  }

  /** How many bytes the upload under way has; empty when there is none. */
  Optional<Long> uploading() {
    long size = uploading;
    return size == NO_UPLOAD ? Optional.empty() : Optional.of(size);
  }

  boolean isDeleteAsked() {
    return isDeleteAsked;
  }

  boolean isDeleteAcknowledged() {
    return isDeleteAcknowledged;
  }

  /** SHA-512 of the bytes whose upload was answered with success. */
  Optional<String> acknowledged() {
    return Optional.ofNullable(acknowledged);
  }

  boolean hasSent(String sha512) {
    return sent.contains(sha512);
  }

  /** After a crash it turned out that these bytes had arrived, though no answer had. */
  void learn(String sha512) {
    acknowledged = sha512;
  }
}
