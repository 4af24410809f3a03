package dev.glance.api.location;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.model.error.GlanceException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client says the digests of the bytes at a location are; nobody computes them.
 *
 * @param checksum MD5, or null when not said
 * @param algorithm of {@code value}, by the configuration's name
 * @param value in hex
 */
record ValidationData(@Nullable String checksum, String algorithm, String value) {
  private static final Set<String> MEMBERS = Set.of("checksum", "os_hash_algo", "os_hash_value");
  private static final int MAX_ALGORITHM = 64;
  private static final int MAX_VALUE = 128;
  private static final int CHECKSUM = 32;

  /**
   * Reads the member {@code validation_data} of a location.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when its form is wrong
   */
  static ValidationData of(JsonNode json) {
    requireMembers(json, MEMBERS);
    JsonNode checksum = json.path("checksum");
    if (!checksum.isMissingNode() && text(json, "checksum", CHECKSUM).length() != CHECKSUM) {
      throw GlanceException.invalid("checksum must have " + CHECKSUM + " characters.");
    }
    return new ValidationData(
        checksum.textValue(),
        text(json, "os_hash_algo", MAX_ALGORITHM),
        text(json, "os_hash_value", MAX_VALUE));
  }

  /** Refuses what is no object or has other members. */
  static void requireMembers(JsonNode json, Set<String> known) {
    if (!json.isObject()) {
      throw GlanceException.invalid("validation_data must be an object.");
    }
    json.fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                throw GlanceException.invalid("validation_data has no member '" + name + "'.");
              }
            });
  }

  /** A member that must be there. */
  static String text(JsonNode json, String name, int maxLength) {
    JsonNode value = json.path(name);
    if (!value.isTextual() || value.textValue().length() > maxLength) {
      throw GlanceException.invalid(
          "validation_data needs " + name + ", a string of at most " + maxLength + " characters.");
    }
    return value.textValue();
  }

  /** Whether a text is whole bytes in hex. */
  static boolean isHex(String text) {
    return text.matches("([0-9a-fA-F]{2})*");
  }

  /** The length of an algorithm's digests in hex digits. */
  static int hexLength(String algorithm) {
    return switch (algorithm) {
      case "md5" -> 32;
      case "sha1" -> 40;
      // sha512, sha3_512: the name ends with the number of bits, of which a digit holds four.
      default -> Integer.parseInt(algorithm.substring(algorithm.length() - 3)) / 4;
    };
  }
}
