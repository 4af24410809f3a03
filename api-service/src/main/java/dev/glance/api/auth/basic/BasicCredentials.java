package dev.glance.api.auth.basic;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** The name and password of an {@code Authorization: Basic} header (RFC 7617). */
record BasicCredentials(String name, String password) {
  private static final String SCHEME = "Basic ";

  /** Far more than any name and password need. */
  private static final int MAX_HEADER_CHARS = 4096;

  /** What the header says, or empty if it says nothing that could be anyone's. */
  static Optional<BasicCredentials> parse(String header) {
    if (header.length() > MAX_HEADER_CHARS
        || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(header.substring(SCHEME.length()).strip());
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      int colon = text.indexOf(':');
      return colon <= 0 || text.chars().anyMatch(Character::isISOControl)
          ? Optional.empty()
          : Optional.of(new BasicCredentials(text.substring(0, colon), text.substring(colon + 1)));
    } catch (IllegalArgumentException | CharacterCodingException _) {
      return Optional.empty();
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    return name;
  }
}
