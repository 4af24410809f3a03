package dev.glance.api.metadef;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.metadef.ObjectDefinition;
import dev.glance.model.metadef.PropertyDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Definition files in upstream's format: one JSON object for one namespace. */
final class DefinitionFile {
  /** Who owns a namespace whose file names nobody. */
  private static final String DEFAULT_OWNER = "admin";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final MetadefBody BODIES = new MetadefBody(new MetadefSchema(), JSON);

  private DefinitionFile() {}

  /**
   * Reads a file. Members that are not known are left out, except in properties.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when it holds no namespace
   * @throws IOException when it cannot be read
   */
  static NamespaceDefinition read(Path file) throws IOException {
    JsonNode content;
    try {
      content = JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw new GlanceException(
          ErrorCode.INVALID_REQUEST, "Line " + e.getLocation().getLineNr() + " is not JSON.", e);
    }
    if (!content.isObject()) {
      throw GlanceException.invalid("It holds no JSON object.");
    }
    return BODIES.definition(content, DEFAULT_OWNER);
  }

  /** Writes a namespace, in a form that people can read too. */
  static void write(Path file, NamespaceContent content) throws IOException {
    Files.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json(content)));
  }

  private static ObjectNode json(NamespaceContent content) {
    Namespace namespace = content.namespace().value();
    ObjectNode json =
        JSON.createObjectNode()
            .put("namespace", namespace.name())
            .put("display_name", namespace.displayName())
            .put("description", namespace.description())
            .put("visibility", namespace.visibility().wireName())
            .put("protected", namespace.isProtected())
            .put("owner", namespace.owner());
    ArrayNode resourceTypes = json.putArray("resource_type_associations");
    content.resourceTypes().stream()
        .map(Dated::value)
        .forEach(
            association ->
                resourceTypes
                    .addObject()
                    .put("name", association.name())
                    .put("prefix", association.prefix())
                    .put("properties_target", association.propertiesTarget()));
    json.set("properties", properties(content.properties().stream().map(Dated::value).toList()));
    ArrayNode objects = json.putArray("objects");
    content.objects().stream().map(Dated::value).forEach(object -> objects.add(json(object)));
    ArrayNode tags = json.putArray("tags");
    content.tags().forEach(tag -> tags.addObject().put("name", tag.value()));
    return json;
  }

  private static ObjectNode json(ObjectDefinition object) {
    ObjectNode json =
        JSON.createObjectNode().put("name", object.name()).put("description", object.description());
    if (!object.required().isEmpty()) {
      ArrayNode required = json.putArray("required");
      object.required().forEach(required::add);
    }
    return json.set("properties", properties(object.properties()));
  }

  private static ObjectNode properties(List<PropertyDefinition> properties) {
    ObjectNode json = JSON.createObjectNode();
    properties.forEach(property -> json.set(property.name(), JSON.valueToTree(property.schema())));
    return json;
  }
}
