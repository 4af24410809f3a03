package dev.glance.api.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Entity tags and the conditions that name them (RFC 9110 sections 8.8.3 and 13.1). */
public final class EntityTag {
  /** Enough that no two documents share a tag by chance. */
  private static final int BYTES = 16;

  private EntityTag() {}

  /** The tag of a document: of its bytes, so that callers who see less have tags of their own. */
  public static String of(byte[] document) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(document);
      return '"' + HexFormat.of().formatHex(digest, 0, BYTES) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Whether {@code If-None-Match} names the tag, so that the client has the document already.
   *
   * @param header null when absent
   */
  public static boolean isKnown(@Nullable String header, String tag) {
    return isListed(header, tag, true);
  }

  /**
   * Whether {@code If-Match} allows a change of what has this tag.
   *
   * @param header null when absent, which allows any
   */
  public static boolean isMatched(@Nullable String header, String tag) {
    return header == null || isListed(header, tag, false);
  }

  private static boolean isListed(@Nullable String header, String tag, boolean isWeakEnough) {
    if (header == null) {
      return false;
    }
    for (String each : header.split(",", -1)) {
      String candidate = each.strip();
      if (candidate.equals("*")
          || candidate.equals(tag)
          || (isWeakEnough && candidate.equals("W/" + tag))) {
        return true;
      }
    }
    return false;
  }
}
