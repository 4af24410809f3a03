package dev.glance.api.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.api.http.PatchMedia;
import dev.glance.model.error.GlanceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One operation of a PATCH (API reference section 2.4).
 *
 * <p>Both media types are read into the same operations; they differ in their form, and in that
 * {@code add} in the older one refuses what is there already.
 */
sealed interface PatchOp {
  /** The tokens of the pointer: one, or two below {@code /locations}. */
  List<String> path();

  /** The property that the operation is about. */
  default String property() {
    return path().getFirst();
  }

  /**
   * Sets a value.
   *
   * @param isUpsert whether it may replace one
   */
  record Add(List<String> path, JsonNode value, boolean isUpsert) implements PatchOp {}

  /** Sets a value where there is one. */
  record Replace(List<String> path, JsonNode value) implements PatchOp {}

  /** Removes a value. */
  record Remove(List<String> path) implements PatchOp {}

  /** Of the older form, exactly one member is named so. */
  Set<String> NAMES = Set.of("add", "remove", "replace");

  /** A tilde that stands for nothing. */
  Pattern BAD_ESCAPE = Pattern.compile("~(?![01])");

  /**
   * Reads an operation.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when it is none
   */
  static PatchOp parse(JsonNode operation, PatchMedia form) {
    if (!operation.isObject()) {
      throw GlanceException.invalid("Operations must be JSON objects.");
    }
    return switch (form) {
      case V2_1 -> parse(operation);
      case V2_0 -> parseOld(operation);
    };
  }

  private static PatchOp parse(JsonNode operation) {
    JsonNode name = operation.path("op");
    if (name.isMissingNode()) {
      throw GlanceException.invalid("Unable to find 'op' in JSON Schema change");
    }
    if (!NAMES.contains(name.asText())) {
      throw GlanceException.invalid(
          "Operations must be one of 'add', 'replace' or 'remove', not '" + name.asText() + "'.");
    }
    return of(name.asText(), operation.path("path"), operation, true);
  }

  private static PatchOp parseOld(JsonNode operation) {
    List<String> names = NAMES.stream().filter(operation::has).toList();
    if (names.size() != 1) {
      throw GlanceException.invalid(
          "Operation objects must contain exactly one member named 'add', 'remove' or 'replace'.");
    }
    String name = names.getFirst();
    return of(name, operation.path(name), operation, false);
  }

  private static PatchOp of(String name, JsonNode pointer, JsonNode operation, boolean isUpsert) {
    if (!pointer.isTextual()) {
      throw GlanceException.invalid("The operation '" + name + "' needs a path that is a string.");
    }
    List<String> path = tokens(pointer.textValue());
    boolean isLocation = path.getFirst().equals("locations") && !name.equals("replace");
    if (path.size() != (isLocation ? 2 : 1)) {
      throw GlanceException.invalid(
          "Invalid JSON pointer for this resource: '" + pointer.textValue() + "'");
    }
    if (name.equals("remove")) {
      return new Remove(path);
    }
    JsonNode value = operation.path("value");
    if (value.isMissingNode()) {
      throw GlanceException.invalid(
          "Operation \"" + name + "\" requires a member named \"value\".");
    }
    return name.equals("add") ? new Add(path, value, isUpsert) : new Replace(path, value);
  }

  /**
   * Takes a JSON pointer apart: {@code ~1} is a slash, {@code ~0} a tilde, and space around a token
   * does not count.
   *
   * @throws GlanceException {@code INVALID_REQUEST} for what upstream does not take as one
   */
  static List<String> tokens(String pointer) {
    if (!pointer.startsWith("/")) {
      throw GlanceException.invalid("Pointer `" + pointer + "` does not start with \"/\".");
    }
    List<String> tokens = new ArrayList<>();
    for (String raw : pointer.substring(1).split("/", -1)) {
      String token = raw.strip();
      if (token.isEmpty()) {
        throw GlanceException.invalid(
            "Pointer `" + pointer + "` contains adjacent \"/\" or ends with one.");
      }
      tokens.add(unescape(pointer, token));
    }
    return tokens;
  }

  private static String unescape(String pointer, String token) {
    if (BAD_ESCAPE.matcher(token).find()) {
      throw GlanceException.invalid(
          "Pointer `" + pointer + "` contains \"~\", which is not part of a known escape.");
    }
    return token.replace("~1", "/").replace("~0", "~");
  }
}
