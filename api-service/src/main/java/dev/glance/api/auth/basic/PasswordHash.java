package dev.glance.api.auth.basic;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.Sha2Crypt;

/**
 * A password as an htpasswd file keeps it: bcrypt or SHA-crypt. Its text is never part of an
 * exception, and it is not printed.
 */
sealed interface PasswordHash {
  /** bcrypt looks at no more of a password than this. */
  int BCRYPT_MAX_BYTES = 72;

  /**
   * The cost of hashes that are made here: some 200 ms on a present core, which a guesser pays per
   * guess and a caller once, as proofs are remembered.
   */
  int BCRYPT_COST = 12;

  /** Whether this is the password, in UTF-8. Takes a good part of a second. */
  boolean matches(byte[] password);

  /** The kind and its cost, for people. */
  String kind();

  /**
   * Reads the second field of an htpasswd line.
   *
   * @throws IllegalArgumentException with the reason, which does not quote the field
   */
  static PasswordHash parse(String text) {
    Matcher bcrypt = Bcrypt.FORM.matcher(text);
    if (bcrypt.matches()) {
      int cost = Integer.parseInt(bcrypt.group(1));
      if (cost < 4 || cost > 17) {
        throw new IllegalArgumentException("the cost of its bcrypt hash is not 4 to 17");
      }
      return new Bcrypt(text, cost);
    }
    Matcher shaCrypt = ShaCrypt.FORM.matcher(text);
    if (shaCrypt.matches()
        && shaCrypt.group(3).length() == (shaCrypt.group(1).equals("6") ? 86 : 43)) {
      String given = shaCrypt.group(2);
      int rounds = given == null ? 5000 : Integer.parseInt(given);
      if (rounds < 1000 || rounds > 5_000_000) {
        throw new IllegalArgumentException(
            "the rounds of its SHA-crypt hash are not 1000 to 5000000");
      }
      return new ShaCrypt(text, shaCrypt.group(1).equals("6"), rounds);
    }
    throw new IllegalArgumentException(reason(text) + "; use bcrypt (htpasswd -B) or SHA-crypt");
  }

  /** Hashes a new password of at most {@link #BCRYPT_MAX_BYTES} bytes of UTF-8. */
  static String make(byte[] password, int cost) {
    return new String(
        BCrypt.with(BCrypt.Version.VERSION_2Y).hash(cost, password), StandardCharsets.US_ASCII);
  }

  private static String reason(String text) {
    if (text.startsWith("$apr1$") || text.startsWith("$1$")) {
      return "its password is hashed with MD5, which is too weak";
    }
    if (text.startsWith("{SHA}")) {
      return "its password is hashed with SHA-1, which is too weak";
    }
    if (text.startsWith("$2") || text.startsWith("$5$") || text.startsWith("$6$")) {
      return "the hash of its password is damaged";
    }
    if (text.startsWith("$") || text.startsWith("{")) {
      return "its password is hashed in a way that is not known here";
    }
    if (text.matches("[./0-9A-Za-z]{13}")) {
      return "its password is plain text or hashed with DES, which is too weak";
    }
    return text.isEmpty() ? "it has no password" : "its password is plain text";
  }

  /** {@code $2y$}, {@code $2b$} and {@code $2a$}. */
  final class Bcrypt implements PasswordHash {
    static final Pattern FORM = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");

    private final byte[] text;
    private final int cost;

    private Bcrypt(String text, int cost) {
      this.text = text.getBytes(StandardCharsets.US_ASCII);
      this.cost = cost;
    }

    @Override
    public boolean matches(byte[] password) {
      // As every other reader of htpasswd files, so that a hash that htpasswd made still works.
      return BCrypt.verifyer(null, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2Y))
          .verify(password, text)
          .verified;
    }

    @Override
    public String kind() {
      return "bcrypt, cost " + cost;
    }

    @Override
    public String toString() {
      return kind();
    }
  }

  /** {@code $5$} (SHA-256) and {@code $6$} (SHA-512) of crypt(3). */
  final class ShaCrypt implements PasswordHash {
    static final Pattern FORM =
        Pattern.compile(
            "\\$(5|6)\\$(?:rounds=(\\d{1,9})\\$)?[./A-Za-z0-9]{1,16}\\$"
                + "([./A-Za-z0-9]{43,86})");

    private final String text;
    private final boolean isSha512;
    private final int rounds;

    private ShaCrypt(String text, boolean isSha512, int rounds) {
      this.text = text;
      this.isSha512 = isSha512;
      this.rounds = rounds;
    }

    @Override
    public boolean matches(byte[] password) {
      // The library wipes what it is given.
      byte[] copy = password.clone();
      String computed =
          isSha512 ? Sha2Crypt.sha512Crypt(copy, text) : Sha2Crypt.sha256Crypt(copy, text);
      return MessageDigest.isEqual(
          computed.getBytes(StandardCharsets.US_ASCII), text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String kind() {
      return (isSha512 ? "SHA-512" : "SHA-256") + "-crypt, " + rounds + " rounds";
    }

    @Override
    public String toString() {
      return kind();
    }
  }
}
