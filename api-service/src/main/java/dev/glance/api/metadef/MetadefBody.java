package dev.glance.api.metadef;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.api.http.RequestBody;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Visibility;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.metadef.ObjectDefinition;
import dev.glance.model.metadef.PropertyDefinition;
import dev.glance.model.metadef.ResourceTypeAssociation;
import jakarta.inject.Singleton;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bodies that clients send: first what only the service writes (403), then the schema
 * (400), then the records.
 */
@Singleton
public final class MetadefBody {
  private static final int MAX_NAME = 80;
  private static final List<String> DATES = List.of("created_at", "updated_at");
  private static final List<String> DATES_AND_LINKS =
      List.of("self", "schema", "created_at", "updated_at");
  private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

  private final MetadefSchema schema;
  private final ObjectMapper json;

  MetadefBody(MetadefSchema schema, ObjectMapper json) {
    this.schema = schema;
    this.json = json;
  }

  /** A namespace with what is nested in it. */
  JsonNode namespace(InputStream stream) {
    JsonNode body = read(stream, DATES_AND_LINKS);
    schema.checkNamespace(body);
    return body;
  }

  /** An object. */
  JsonNode object(InputStream stream) {
    JsonNode body = read(stream, DATES_AND_LINKS);
    schema.checkObject(body);
    return body;
  }

  /** A property by itself. */
  PropertyDefinition property(InputStream stream) {
    JsonNode body = read(stream, DATES);
    schema.checkProperty(body);
    return property(text(body, "name"), body);
  }

  /** An association. */
  ResourceTypeAssociation association(InputStream stream) {
    JsonNode body = read(stream, DATES);
    schema.checkAssociation(body);
    return association(body);
  }

  /** A tag by itself: its name. */
  String tag(InputStream stream) {
    JsonNode body = read(stream, DATES);
    schema.checkTag(body);
    return name(body);
  }

  /** The names of a list of tags. */
  List<String> tags(InputStream stream) {
    JsonNode body = read(stream, DATES);
    JsonNode tags = body.path("tags");
    if (!tags.isArray() || body.size() != 1) {
      throw GlanceException.invalid("Expected a JSON object with the member 'tags', a list.");
    }
    for (JsonNode tag : tags) {
      schema.checkTag(tag);
      if (tag.size() != 1) {
        throw GlanceException.invalid("A tag in a list has a name and nothing else.");
      }
    }
    return list(tags, MetadefBody::name);
  }

  /**
   * What a checked body makes of a namespace.
   *
   * @param owner the project that owns it where the body names none
   */
  NamespaceDefinition definition(JsonNode body, @Nullable String owner) {
    return new NamespaceDefinition(
        new Namespace(
            checkedName(text(body, "namespace")),
            body.path("display_name").textValue(),
            body.path("description").textValue(),
            visibility(body.path("visibility")),
            body.path("protected").booleanValue(),
            body.has("owner") ? text(body, "owner") : owner),
        list(body.path("resource_type_associations"), MetadefBody::association),
        properties(body.path("properties")),
        list(body.path("objects"), this::object),
        list(body.path("tags"), MetadefBody::name));
  }

  /** What a checked body makes of an object. */
  ObjectDefinition object(JsonNode body) {
    return new ObjectDefinition(
        name(body),
        body.path("description").textValue(),
        list(body.path("required"), JsonNode::textValue),
        properties(body.path("properties")));
  }

  private List<PropertyDefinition> properties(JsonNode properties) {
    List<PropertyDefinition> definitions = new ArrayList<>();
    properties
        .properties()
        .forEach(entry -> definitions.add(property(entry.getKey(), entry.getValue())));
    return definitions;
  }

  private PropertyDefinition property(String name, JsonNode body) {
    return new PropertyDefinition(checkedName(name), json.convertValue(body, MEMBERS));
  }

  private static Visibility visibility(JsonNode value) {
    return switch (value.asText("")) {
      case "public" -> Visibility.PUBLIC;
      case "private", "" -> Visibility.PRIVATE;
      default -> throw GlanceException.invalid("A namespace is either public or private.");
    };
  }

  private static ResourceTypeAssociation association(JsonNode body) {
    return new ResourceTypeAssociation(
        name(body), body.path("prefix").textValue(), body.path("properties_target").textValue());
  }

  private static <T> List<T> list(JsonNode items, Function<JsonNode, T> read) {
    List<T> list = new ArrayList<>(items.size());
    items.forEach(item -> list.add(read.apply(item)));
    return list;
  }

  private static String name(JsonNode body) {
    return checkedName(text(body, "name"));
  }

  private static String text(JsonNode body, String member) {
    return body.path(member).asText();
  }

  /**
   * Things with such names could not be reached in a URL: upstream makes them, and nobody can
   * delete them.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when it is empty, dots that a URL swallows, or
   *     too long
   */
  static String checkedName(String name) {
    if (name.isEmpty() || name.codePointCount(0, name.length()) > MAX_NAME) {
      throw GlanceException.invalid("A name has at least 1 and at most 80 characters.");
    }
    if (name.equals(".") || name.equals("..")) {
      throw GlanceException.invalid("A name is more than one or two dots.");
    }
    return name;
  }

  private static JsonNode read(InputStream stream, List<String> readOnly) {
    JsonNode body = RequestBody.json(stream);
    if (!body.isObject()) {
      throw GlanceException.invalid("Expected a JSON object.");
    }
    for (String name : readOnly) {
      if (body.has(name)) {
        throw GlanceException.forbidden("Attribute '" + name + "' is read-only.");
      }
    }
    return body;
  }
}
