package dev.glance.api.store;

import java.nio.ByteBuffer;

/**
 * One upload in progress, used by one thread at a time. Leaving it without a {@link #commit}, by
 * whatever way, leaves no bytes, no parts and no temporary file: try-with-resources is the cancel
 * path.
 */
public interface Upload extends AutoCloseable {
  /**
   * Appends the remaining bytes of the buffer, all of them, and does not keep it.
   *
   * @throws StoreException.Full when the backend has no room left
   */
  void write(ByteBuffer bytes);

  /** Bytes taken so far. */
  long written();

  /**
   * Makes the bytes durable and readable under their final name.
   *
   * @return where they are
   * @throws StoreException.AlreadyExists when that name is taken; nothing is replaced, and the name
   *     is not this attempt's to {@link Store#discard}
   */
  StoreLocation commit();

  /** Throws away everything that was not committed. Safe to call twice and after a commit. */
  @Override
  void close();
}
