package dev.glance.api.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds JSON against a JSON schema: as much of the language as the schemas of metadata definitions
 * use. Formats and defaults are for readers only, as in upstream.
 */
final class SchemaCheck {
  private static final String REFERENCE = "#/definitions/";

  private final JsonNode definitions;

  /**
   * A check.
   *
   * @param definitions what {@code $ref} points into
   */
  SchemaCheck(JsonNode definitions) {
    this.definitions = definitions;
  }

  /** What is wrong, as a sentence that names the place; empty when the value fits. */
  Optional<String> problem(JsonNode schema, String place, JsonNode value) {
    if (schema.has("$ref")) {
      String name = schema.path("$ref").textValue().substring(REFERENCE.length());
      return problem(definitions.path(name), place, value);
    }
    for (JsonNode part : schema.path("allOf")) {
      Optional<String> problem = problem(part, place, value);
      if (problem.isPresent()) {
        return problem;
      }
    }
    if (schema.has("type") && !hasType(value, schema.path("type").textValue())) {
      return Optional.of("'" + place + "' is not of type " + schema.path("type").textValue() + ".");
    }
    if (schema.has("enum") && !contains(schema.path("enum"), value)) {
      return Optional.of("'" + place + "' is not one of " + schema.path("enum") + ".");
    }
    if (value.isObject()) {
      return object(schema, place, value);
    }
    if (value.isArray()) {
      return array(schema, place, value);
    }
    if (value.isNumber()
        && schema.has("minimum")
        && value.decimalValue().compareTo(schema.path("minimum").decimalValue()) < 0) {
      return Optional.of("'" + place + "' is less than " + schema.path("minimum") + ".");
    }
    if (value.isTextual() && schema.has("maxLength")) {
      String text = value.textValue();
      int limit = schema.path("maxLength").intValue();
      if (text.codePointCount(0, text.length()) > limit) {
        return Optional.of("'" + place + "' is longer than " + limit + " characters.");
      }
    }
    return Optional.empty();
  }

  private Optional<String> object(JsonNode schema, String place, JsonNode value) {
    for (JsonNode required : schema.path("required")) {
      if (!value.has(required.textValue())) {
        return Optional.of("'" + place + "' lacks the member '" + required.textValue() + "'.");
      }
    }
    JsonNode others = schema.path("additionalProperties");
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      JsonNode known = schema.path("properties").path(member.getKey());
      String memberPlace = place + "." + member.getKey();
      if (known.isMissingNode() && others.isBoolean() && !others.booleanValue()) {
        return Optional.of("'" + place + "' has an unknown member '" + member.getKey() + "'.");
      }
      Optional<String> problem =
          problem(known.isMissingNode() ? others : known, memberPlace, member.getValue());
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  private Optional<String> array(JsonNode schema, String place, JsonNode value) {
    if (value.size() < schema.path("minItems").asInt(0)) {
      return Optional.of("'" + place + "' has too few items.");
    }
    Set<JsonNode> seen = new HashSet<>();
    for (int i = 0; i < value.size(); i++) {
      JsonNode item = value.get(i);
      if (schema.path("uniqueItems").booleanValue() && !seen.add(item)) {
        return Optional.of("'" + place + "' has an item twice: " + item + ".");
      }
      Optional<String> problem = problem(schema.path("items"), place + "[" + i + "]", item);
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  private static boolean hasType(JsonNode value, String type) {
    return switch (type) {
      case "string" -> value.isTextual();
      case "boolean" -> value.isBoolean();
      case "array" -> value.isArray();
      case "object" -> value.isObject();
      case "number" -> value.isNumber();
      // 1.0 is one too.
      case "integer" -> value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
      default -> throw new IllegalArgumentException("unknown type " + type);
    };
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (JsonNode candidate : values) {
      if (candidate.equals(value)) {
        return true;
      }
    }
    return false;
  }
}
