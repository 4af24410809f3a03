package dev.glance.api.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Custom properties with a schema of their own (API reference section 2.19): an operator's {@code
 * schema-image.json}, or what upstream ships. The file is either {@code {"<property>": {schema}}}
 * or {@code {"properties": {…}, "required": […]}}.
 */
public final class SchemaExtension {
  private static final String SHIPPED = "/schema-image.json";

  /** The dialect of upstream's file. */
  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4);

  private final Map<String, ObjectNode> documents;
  private final Map<String, JsonSchema> schemas = new LinkedHashMap<>();
  private final Set<String> required;
  private final Set<String> nullable = new HashSet<>();

  private SchemaExtension(Map<String, ObjectNode> documents, Set<String> required) {
    this.documents = documents;
    this.required = required;
    documents.forEach(
        (name, document) -> {
          JsonSchema schema = SCHEMAS.getSchema(document);
          schemas.put(name, schema);
          if (schema.validate(NullNode.getInstance()).isEmpty()
              && !schema.validate(TextNode.valueOf("")).isEmpty()) {
            nullable.add(name);
          }
        });
  }

  /**
   * Reads the file.
   *
   * @param file the operator's; empty for the one that is shipped
   * @throws InvalidFileException when it cannot be read or is no such file; the message is for the
   *     operator
   */
  public static SchemaExtension of(Optional<Path> file) throws InvalidFileException {
    JsonNode root;
    try (InputStream in =
        file.isPresent()
            ? Files.newInputStream(file.get())
            : SchemaExtension.class.getResourceAsStream(SHIPPED)) {
      root = new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new InvalidFileException("it cannot be read as JSON: " + e.getMessage(), e);
    }
    if (!root.isObject()) {
      throw new InvalidFileException("it holds no JSON object");
    }
    boolean isWhole = root.path("properties").isObject() && !root.path("properties").has("type");
    return new SchemaExtension(
        documents(isWhole ? root.path("properties") : root),
        isWhole ? required(root.path("required")) : Set.of());
  }

  private static Map<String, ObjectNode> documents(JsonNode properties)
      throws InvalidFileException {
    JsonSchema schemaOfSchemas = SCHEMAS.getSchema(SchemaLocation.of(SchemaId.V4));
    Map<String, ObjectNode> documents = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      Set<ValidationMessage> faults = schemaOfSchemas.validate(property.getValue());
      if (!(property.getValue() instanceof ObjectNode document) || !faults.isEmpty()) {
        throw new InvalidFileException("the schema of " + property.getKey() + " is none " + faults);
      }
      documents.put(property.getKey(), document);
    }
    return documents;
  }

  private static Set<String> required(JsonNode names) throws InvalidFileException {
    Set<String> required = new TreeSet<>();
    if (names.isMissingNode()) {
      return required;
    }
    if (!names.isArray()) {
      throw new InvalidFileException("\"required\" is no list");
    }
    for (JsonNode name : names) {
      required.add(name.asText());
    }
    return required;
  }

  /** The schema of each property, as clients see it. */
  Map<String, ObjectNode> documents() {
    Map<String, ObjectNode> published = new LinkedHashMap<>();
    // Our own keyword, by which clients tell custom properties from base ones.
    documents.forEach(
        (name, document) -> published.put(name, document.deepCopy().put("is_base", false)));
    return published;
  }

  /** What every new image must have. */
  Set<String> required() {
    return required;
  }

  boolean contains(String property) {
    return schemas.containsKey(property);
  }

  /**
   * Whether a property that is kept as an empty string is null: its schema knows null, and no empty
   * string. Clients that check what they read by the schema would refuse the string.
   */
  boolean isNullable(String property) {
    return nullable.contains(property);
  }

  /** What is wrong with a value; empty when nothing is. */
  List<String> faults(String property, JsonNode value) {
    JsonSchema schema = schemas.get(property);
    return schema == null
        ? List.of()
        : schema.validate(value).stream()
            .map(fault -> fault.getMessage().replaceFirst("^\\$: ", ""))
            .toList();
  }

  /** The file is none; the message says why. */
  public static final class InvalidFileException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidFileException(String message) {
      super(message);
    }

    InvalidFileException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
