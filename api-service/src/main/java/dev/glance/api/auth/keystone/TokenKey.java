package dev.glance.api.auth.keystone;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Stands for a token where it is remembered: its SHA-256, so that a memory dump holds no token that
 * could be used. Components are the digest's 32 bytes.
 *
 * @param isExpiredFine whether Keystone was asked for tokens past their end, too
 */
record TokenKey(long a, long b, long c, long d, boolean isExpiredFine) {
  static TokenKey of(String token, boolean isExpiredFine) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      ByteBuffer digest =
          ByteBuffer.wrap(sha256.digest(token.getBytes(StandardCharsets.ISO_8859_1)));
      return new TokenKey(
          digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong(), isExpiredFine);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The same token, with or without those past their end. */
  TokenKey with(boolean isExpiredFine) {
    return isExpiredFine == this.isExpiredFine ? this : new TokenKey(a, b, c, d, isExpiredFine);
  }

  /** The digest is as good a hash as any, at no cost. */
  @Override
  public int hashCode() {
    return (int) a;
  }
}
