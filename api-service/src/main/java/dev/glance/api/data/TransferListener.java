package dev.glance.api.data;

import java.nio.ByteBuffer;

/**
 * Looks at every byte of a transfer, in order, before it is written. Throwing stops the transfer.
 */
@FunctionalInterface
public interface TransferListener {
  /** Takes the next bytes: read-only, not to be kept, the position is the listener's own. */
  void accept(ByteBuffer bytes);
}
