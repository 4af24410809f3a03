package dev.glance.api.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.glance.model.metadef.PropertyDefinition;
import java.util.List;
import java.util.Set;

/** Writes properties as clients see them: known members only, in upstream's order. */
final class PropertyDocument {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> MEMBERS =
      List.of(
          "name",
          "type",
          "title",
          "description",
          "operators",
          "default",
          "readonly",
          "minimum",
          "maximum",
          "enum",
          "pattern",
          "minLength",
          "maxLength",
          "confidential",
          "items",
          "uniqueItems",
          "minItems",
          "maxItems",
          "additionalItems",
          "required");
  private static final Set<String> NUMBERS =
      Set.of("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems");

  private PropertyDocument() {}

  /** A property by itself, which names itself. */
  static ObjectNode alone(PropertyDefinition property) {
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("name", property.name());
    ObjectNode inside = inside(property);
    inside.remove("name");
    return document.setAll(inside);
  }

  /** A property below its name; it repeats the name if it was given by itself. */
  static ObjectNode inside(PropertyDefinition property) {
    ObjectNode schema = MAPPER.valueToTree(property.schema());
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    for (String member : MEMBERS) {
      JsonNode value = schema.get(member);
      if (value != null) {
        document.set(member, shown(member, value));
      }
    }
    return document;
  }

  private static JsonNode shown(String member, JsonNode value) {
    if (NUMBERS.contains(member) && value.isNumber()) {
      return shownNumber(value);
    }
    // Clients know defaults as text, in Python's spelling.
    if (member.equals("default") && value.isValueNode() && !value.isNull()) {
      return TextNode.valueOf(
          value.isBoolean() ? (value.booleanValue() ? "True" : "False") : value.asText());
    }
    return value;
  }

  /** Whole numbers are shown as such, however they were sent. */
  private static JsonNode shownNumber(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value;
    }
    return value.decimalValue().stripTrailingZeros().scale() <= 0
        ? JsonNodeFactory.instance.numberNode(value.decimalValue().toBigInteger())
        : DecimalNode.valueOf(value.decimalValue());
  }
}
