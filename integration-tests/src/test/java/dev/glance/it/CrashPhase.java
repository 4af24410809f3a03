package dev.glance.it;

/** How far an upload is, or that an image is being deleted, when a fault comes. */
enum CrashPhase {
  /** The registry has been asked for the lease; there is no file yet. */
  INTENT,
  /** The part file grows. */
  WRITE,
  /** The part file has every byte, and no other name. */
  FSYNC,
  /** The final name is there; the registry has not been told. */
  PUBLISH,
  /** The registry has been told; the client has no answer. */
  COMMIT,
  /** The client has asked for the delete, and has no answer or the file is still there. */
  DELETE
}
