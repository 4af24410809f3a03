package dev.glance.api.location;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.api.http.JsonText;
import dev.glance.model.error.GlanceException;
import java.util.Map;
import java.util.Set;

/**
 * The body of the call that adds a location (API reference section 2.15).
 *
 * @param digests algorithm and value by the image's names, both or none
 */
record AddedLocation(String url, Map<String, String> digests) {
  private static final Set<String> ALGORITHMS = Set.of("sha1", "sha256", "sha512", "md5");
  private static final String ALGORITHM = "os_hash_algo";
  private static final String VALUE = "os_hash_value";

  /**
   * Reads a body.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when its form is wrong
   */
  static AddedLocation of(JsonNode body) {
    JsonNode url = body.path("url");
    if (!body.isObject() || !url.isTextual() || !JsonText.isStorable(body)) {
      throw GlanceException.invalid("Expected a JSON object with the member \"url\", a string.");
    }
    JsonNode validation = body.path("validation_data");
    if (validation.isMissingNode()) {
      return new AddedLocation(url.textValue(), Map.of());
    }
    ValidationData.requireMembers(validation, Set.of(ALGORITHM, VALUE));
    if (validation.isEmpty()) {
      return new AddedLocation(url.textValue(), Map.of());
    }
    String algorithm = ValidationData.text(validation, ALGORITHM, 64);
    if (!ALGORITHMS.contains(algorithm)) {
      throw GlanceException.invalid(
          "os_hash_algo must be one of md5, sha1, sha256 and sha512, not " + algorithm + ".");
    }
    return new AddedLocation(
        url.textValue(),
        Map.of(ALGORITHM, algorithm, VALUE, ValidationData.text(validation, VALUE, 128)));
  }

  /**
   * Refuses a digest that is none of its algorithm.
   *
   * @throws GlanceException {@code INVALID_REQUEST}
   */
  void requireDigest() {
    String value = digests.get(VALUE);
    String algorithm = digests.get(ALGORITHM);
    if (value == null || algorithm == null) {
      return;
    }
    if (!ValidationData.isHex(value)) {
      throw GlanceException.invalid("os_hash_value is not a valid hexadecimal value.");
    }
    if (value.length() != ValidationData.hexLength(algorithm)) {
      throw GlanceException.invalid("os_hash_value is not the correct size for " + algorithm + ".");
    }
  }

  /** Whether any user may add it, where there is an http store. */
  boolean isWeb() {
    return url.startsWith("http://") || url.startsWith("https://");
  }
}
