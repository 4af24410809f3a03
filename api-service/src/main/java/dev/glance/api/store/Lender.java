package dev.glance.api.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A store's stream that can lend the memory its bytes are in, outside the heap, so that they go to
 * the network without a copy. Used by one thread at a time.
 */
public interface Lender {
  /**
   * Takes the next bytes of the stream, as if they had been read, and waits for them like a read.
   *
   * @return null when the stream's end is reached, or the memory cannot be spared: they are to be
   *     read then
   */
  @Nullable Loan lend() throws IOException;

  /**
   * Bytes that stay as they are until they are given back.
   *
   * @param bytes one or more
   * @param giveBack to be run once, by any thread, also after the stream has been closed; quick
   */
  record Loan(ByteBuffer bytes, Runnable giveBack) {}
}
