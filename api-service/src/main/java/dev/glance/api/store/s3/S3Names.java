package dev.glance.api.store.s3;

import dev.glance.model.registry.UploadKey;

/**
 * The objects of one attempt at an upload: the published one, which takes the attempt's final name,
 * and a note that is the attempt's alone.
 */
record S3Names(String bucket, UploadKey key) {
  /** How the names of notes end. */
  static final String NOTE_END = "-upload";

  /** The name of the object that is the image. */
  String published() {
    return key.objectName();
  }

  /** The name of the note that says which multipart upload is the attempt's. */
  String note() {
    return key.attemptName() + NOTE_END;
  }
}
