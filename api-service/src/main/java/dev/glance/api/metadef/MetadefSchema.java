package dev.glance.api.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.model.error.GlanceException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The schemas of metadata definitions: what is published and what bodies are held against come from
 * one file, so that they cannot differ.
 */
@Singleton
public final class MetadefSchema {
  private static final String SOURCE = "/schemas/metadefs.json";
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Map<String, byte[]> documents = new HashMap<>();
  private final SchemaCheck check;
  private final SchemaCheck propertyCheck;
  private final ObjectNode namespace;
  private final ObjectNode object;
  private final ObjectNode association;
  private final ObjectNode tag;
  private final ObjectNode property;
  private final ObjectNode nestedProperty;

  MetadefSchema() {
    JsonNode source = source();
    ObjectNode definitions = (ObjectNode) source.path("definitions");
    // A property by itself must not require nothing at all, unlike one inside a namespace.
    ObjectNode propertyDefinitions = definitions.deepCopy();
    propertyDefinitions.remove("property");
    propertyDefinitions.withObject("/stringArray").removeAll();
    propertyDefinitions
        .withObject("/stringArray")
        .put("type", "array")
        .<ObjectNode>set("items", JSON.objectNode().put("type", "string"))
        .put("minItems", 1)
        .put("uniqueItems", true);
    JsonNode members = definitions.at("/property/additionalProperties/properties");
    this.check = new SchemaCheck(definitions);
    this.propertyCheck = new SchemaCheck(propertyDefinitions);
    this.namespace = item("namespace", source.path("namespace"), List.of("namespace"));
    this.object = item("object", source.path("object"), List.of("name"));
    this.association =
        item(
            "resource_type_association", source.path("resource_type_association"), List.of("name"));
    this.tag = item("tag", source.path("tag"), List.of("name"));
    this.property = item("property", members, List.of("type", "title", "name"));
    ObjectNode propertyInside = item("property", members, List.of("type", "title"));
    this.nestedProperty = propertyInside.deepCopy();
    // Upstream's model knows it and its schema does not.
    nestedProperty
        .withObject("/properties")
        .set("confidential", JSON.objectNode().put("type", "boolean"));

    publish("namespace", namespace, definitions);
    publish("namespaces", collection("namespaces", list(namespace)), definitions);
    publish("object", object, definitions);
    publish("objects", collection("objects", list(object)), definitions);
    publish("resource_type", association, JSON.objectNode());
    publish(
        "resource_types",
        collection("resource_type_associations", list(association)),
        JSON.objectNode());
    publish("tag", tag, JSON.objectNode());
    publish("tags", collection("tags", list(tag)), JSON.objectNode());
    publish("property", property, propertyDefinitions);
    publish("properties", collection("properties", byName(propertyInside)), propertyDefinitions);
  }

  /** The published document below {@code /v2/schemas/metadefs/}; empty when there is none. */
  Optional<byte[]> document(String name) {
    return Optional.ofNullable(documents.get(name));
  }

  /**
   * Checks a namespace, what is nested in it included.
   *
   * @throws GlanceException {@code INVALID_REQUEST}, as do the others
   */
  void checkNamespace(JsonNode body) {
    check(check, namespace, "namespace", body);
    for (JsonNode item : body.path("resource_type_associations")) {
      check(check, association, "resource_type_associations[]", item);
    }
    for (JsonNode item : body.path("objects")) {
      checkObject(item);
    }
    for (JsonNode item : body.path("tags")) {
      checkTag(item);
    }
    checkProperties(body.path("properties"));
  }

  void checkObject(JsonNode body) {
    check(check, object, "object", body);
    checkProperties(body.path("properties"));
  }

  void checkAssociation(JsonNode body) {
    check(check, association, "resource_type_association", body);
  }

  void checkTag(JsonNode body) {
    check(check, tag, "tag", body);
  }

  void checkProperty(JsonNode body) {
    check(propertyCheck, property, "property", body);
  }

  private void checkProperties(JsonNode properties) {
    for (Map.Entry<String, JsonNode> entry : properties.properties()) {
      check(check, nestedProperty, "properties." + entry.getKey(), entry.getValue());
    }
  }

  private static void check(SchemaCheck check, JsonNode schema, String place, JsonNode value) {
    if (!value.isObject()) {
      throw GlanceException.invalid("'" + place + "' is not a JSON object.");
    }
    check
        .problem(schema, place, value)
        .ifPresent(
            problem -> {
              throw GlanceException.invalid(problem);
            });
  }

  private static ObjectNode item(String name, JsonNode properties, List<String> required) {
    ObjectNode schema = JSON.objectNode().put("name", name);
    schema.set("properties", properties);
    schema.put("additionalProperties", false);
    ArrayNode names = schema.putArray("required");
    required.forEach(names::add);
    return schema;
  }

  private static ObjectNode list(ObjectNode item) {
    return JSON.objectNode().put("type", "array").set("items", item);
  }

  private static ObjectNode byName(ObjectNode item) {
    return JSON.objectNode().put("type", "object").set("additionalProperties", item);
  }

  private static ObjectNode collection(String name, ObjectNode content) {
    ObjectNode properties = JSON.objectNode().set(name, content);
    ObjectNode schema = JSON.objectNode().put("name", name).set("properties", properties);
    ArrayNode links = schema.putArray("links");
    for (String link : List.of("first", "next", "schema")) {
      properties.set(link, JSON.objectNode().put("type", "string"));
      links
          .addObject()
          .put("rel", link.equals("schema") ? "describedby" : link)
          .put("href", "{" + link + "}");
    }
    return schema;
  }

  private void publish(String name, ObjectNode schema, ObjectNode definitions) {
    ObjectNode document = schema.deepCopy();
    if (!definitions.isEmpty()) {
      document.set("definitions", definitions);
    }
    documents.put(name, document.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static JsonNode source() {
    try (InputStream source =
        Objects.requireNonNull(MetadefSchema.class.getResourceAsStream(SOURCE), SOURCE)) {
      return new ObjectMapper().readTree(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
