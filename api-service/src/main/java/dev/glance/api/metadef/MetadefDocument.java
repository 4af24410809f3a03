package dev.glance.api.metadef;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.metadef.NamespaceEntry;
import dev.glance.model.metadef.ObjectDefinition;
import dev.glance.model.metadef.PropertyDefinition;
import dev.glance.model.metadef.ResourceTypeAssociation;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes metadata definitions as clients see them (API reference section 2.20): members without a
 * value are left out, and so are empty lists inside a namespace.
 */
final class MetadefDocument {
  static final String NAMESPACES = "/v2/metadefs/namespaces";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private MetadefDocument() {}

  /** A list page; {@code next} is null on the last one. */
  static ObjectNode page(List<NamespaceEntry> entries, String first, @Nullable String next) {
    ObjectNode document = JSON.objectNode();
    ArrayNode namespaces = document.putArray("namespaces");
    for (NamespaceEntry entry : entries) {
      ObjectNode namespace = head(entry.namespace());
      putList(
          namespace,
          "resource_type_associations",
          entry.resourceTypes(),
          MetadefDocument::association);
      namespaces.add(linked(namespace, entry.namespace().value()));
    }
    if (next != null) {
      document.put("next", next);
    }
    return document.put("schema", "/v2/schemas/metadefs/namespaces").put("first", first);
  }

  /** A namespace without what is in it. */
  static ObjectNode namespace(Dated<Namespace> namespace) {
    return linked(head(namespace), namespace.value());
  }

  /** A namespace with everything in it. */
  static ObjectNode content(NamespaceContent content) {
    Dated<Namespace> namespace = content.namespace();
    ObjectNode document = head(namespace);
    putList(
        document,
        "resource_type_associations",
        content.resourceTypes(),
        MetadefDocument::association);
    putProperties(document, content.properties().stream().map(Dated::value).toList());
    String name = namespace.value().name();
    putList(document, "objects", content.objects(), object -> object(name, object));
    // The newest first, as upstream sorts them.
    putList(document, "tags", content.tags().reversed(), tag -> tagName(tag.value()));
    return linked(document, namespace.value());
  }

  /** The answer to a create: what was sent, in the shape of what is shown, without times inside. */
  static ObjectNode created(
      Dated<Namespace> namespace, NamespaceDefinition definition, JsonNode body) {
    ObjectNode document = head(namespace);
    putList(
        document,
        "resource_type_associations",
        definition.resourceTypes(),
        MetadefDocument::association);
    putProperties(document, definition.properties());
    if (!definition.objects().isEmpty()) {
      ArrayNode objects = document.putArray("objects");
      for (int i = 0; i < definition.objects().size(); i++) {
        objects.add(asSent(object(definition.objects().get(i)), body.path("objects").path(i)));
      }
    }
    putList(document, "tags", definition.tags(), MetadefDocument::tagName);
    return linked(document, namespace.value());
  }

  /** An object, with links. */
  static ObjectNode object(String namespace, Dated<ObjectDefinition> object) {
    return dated(object(object.value()), object)
        .put("self", NAMESPACES + "/" + namespace + "/objects/" + object.value().name())
        .put("schema", "/v2/schemas/metadefs/object");
  }

  /** Leaves out of an object what the body that made it did not have. */
  static ObjectNode asSent(ObjectNode object, JsonNode body) {
    for (String member : List.of("required", "properties")) {
      if (!body.has(member)) {
        object.remove(member);
      }
    }
    return object;
  }

  /** An association. */
  static ObjectNode association(Dated<ResourceTypeAssociation> association) {
    return dated(association(association.value()), association);
  }

  /** A tag or a resource type: a name with its times. */
  static ObjectNode named(Dated<String> name) {
    return dated(tagName(name.value()), name);
  }

  /** A tag as lists show it. */
  static ObjectNode tagName(String name) {
    return JSON.objectNode().put("name", name);
  }

  /** The document of all properties that belong to no object. */
  static ObjectNode propertyList(List<Dated<PropertyDefinition>> properties) {
    return JSON.objectNode()
        .set("properties", properties(properties.stream().map(Dated::value).toList()));
  }

  private static ObjectNode properties(List<PropertyDefinition> properties) {
    ObjectNode document = JSON.objectNode();
    properties.forEach(p -> document.set(p.name(), PropertyDocument.inside(p)));
    return document;
  }

  /** A document of one list, empty or not. */
  static <T> ObjectNode list(String name, List<T> items, Function<T, ObjectNode> item) {
    ObjectNode document = JSON.objectNode();
    ArrayNode list = document.putArray(name);
    items.forEach(i -> list.add(item.apply(i)));
    return document;
  }

  private static ObjectNode head(Dated<Namespace> dated) {
    Namespace namespace = dated.value();
    ObjectNode document = JSON.objectNode().put("namespace", namespace.name());
    putText(document, "display_name", namespace.displayName());
    putText(document, "description", namespace.description());
    document
        .put("visibility", namespace.visibility().wireName())
        .put("protected", namespace.isProtected());
    putText(document, "owner", namespace.owner());
    return dated(document, dated);
  }

  private static ObjectNode linked(ObjectNode document, Namespace namespace) {
    return document
        .put("self", NAMESPACES + "/" + namespace.name())
        .put("schema", "/v2/schemas/metadefs/namespace");
  }

  private static ObjectNode association(ResourceTypeAssociation association) {
    ObjectNode document = JSON.objectNode().put("name", association.name());
    putText(document, "prefix", association.prefix());
    putText(document, "properties_target", association.propertiesTarget());
    return document;
  }

  private static ObjectNode object(ObjectDefinition object) {
    ObjectNode document = JSON.objectNode().put("name", object.name());
    ArrayNode required = document.putArray("required");
    object.required().forEach(required::add);
    putText(document, "description", object.description());
    return document.set("properties", properties(object.properties()));
  }

  private static void putProperties(ObjectNode document, List<PropertyDefinition> properties) {
    if (!properties.isEmpty()) {
      document.set("properties", properties(properties));
    }
  }

  private static <T> void putList(
      ObjectNode document, String name, List<T> items, Function<T, ObjectNode> item) {
    if (!items.isEmpty()) {
      ArrayNode list = document.putArray(name);
      items.forEach(i -> list.add(item.apply(i)));
    }
  }

  private static void putText(ObjectNode document, String name, @Nullable String value) {
    if (value != null) {
      document.put(name, value);
    }
  }

  private static ObjectNode dated(ObjectNode document, Dated<?> dated) {
    return document
        .put("created_at", time(dated.createdAt()))
        .put("updated_at", time(dated.updatedAt()));
  }

  /** {@code YYYY-MM-DDThh:mm:ssZ}, without a fraction. */
  private static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
