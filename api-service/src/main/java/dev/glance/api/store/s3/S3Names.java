package dev.glance.api.store.s3;

import dev.glance.model.registry.UploadKey;
import java.util.Locale;

/**
 * The objects of one attempt at an upload: the published one, which takes the attempt's final name,
 * and below a prefix that is the attempt's alone a note and what the server puts together.
 */
record S3Names(String bucket, UploadKey key) {
  /** How the names of notes end. */
  static final String NOTE_END = "-upload";

  /** The name of the object that is the image. */
  String published() {
    return key.objectName();
  }

  /** How the names of all others begin. */
  String prefix() {
    return key.attemptName() + "-";
  }

  /** The name of an object that becomes a part of the published one. */
  String joined(int part) {
    return String.format(Locale.ROOT, "%spart-%05d", prefix(), part);
  }

  /** The name of the note that says which multipart upload is the attempt's. */
  String note() {
    return key.attemptName() + NOTE_END;
  }
}
