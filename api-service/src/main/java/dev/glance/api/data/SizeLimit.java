package dev.glance.api.data;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * Stops a transfer that brings more bytes than announced, or than any image may have, and tells at
 * the end whether all that were announced came.
 */
final class SizeLimit implements TransferListener {
  private final OptionalLong announced;
  private final long cap;
  private long received;

  /**
   * Checks the announced size.
   *
   * @param cap the largest image, in bytes
   * @throws GlanceException {@code LIMIT_EXCEEDED} when more was announced
   */
  SizeLimit(OptionalLong announced, long cap) {
    this.announced = announced;
    this.cap = cap;
    requireBelowCap(announced.orElse(0));
  }

  @Override
  public void accept(ByteBuffer bytes) {
    received += bytes.remaining();
    requireBelowCap(received);
    if (announced.isPresent() && received > announced.getAsLong()) {
      throw mismatch("more than");
    }
  }

  /**
   * Call after the last byte.
   *
   * @throws GlanceException {@code SIZE_MISMATCH} when fewer bytes came than were announced
   */
  void requireComplete() {
    if (announced.isPresent() && received < announced.getAsLong()) {
      throw mismatch("only " + received + " of");
    }
  }

  private void requireBelowCap(long size) {
    if (size > cap) {
      throw new GlanceException(
          ErrorCode.LIMIT_EXCEEDED,
          "Image exceeds the storage quota: the largest image allowed has " + cap + " bytes.");
    }
  }

  private GlanceException mismatch(String received) {
    return new GlanceException(
        ErrorCode.SIZE_MISMATCH,
        "Received " + received + " the " + announced.getAsLong() + " bytes announced.");
  }
}
