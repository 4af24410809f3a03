package dev.glance.api.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.api.location.NewLocation;
import dev.glance.api.store.StoresConfig;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Visibility;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The image schema: one list of properties from which both the published documents (API reference
 * section 2.19) and the checks of request bodies come, so that they cannot differ.
 */
@Singleton
public final class ImageSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String UUID_FORM =
      "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$";
  private static final String SETTING = "glance.api.schema-image-file";
  private static final int MAX_INT = Integer.MAX_VALUE;

  /** The longest name of a custom property, in characters. */
  static final int MAX_PROPERTY_NAME = 255;

  private final Map<String, Property> properties = new LinkedHashMap<>();
  private final SchemaExtension extension;
  private final byte[] image;
  private final byte[] images;

  ImageSchema(ImageConfig config, StoresConfig stores) {
    base(config.containerFormats(), config.diskFormats())
        .forEach(property -> properties.put(property.name(), property));
    this.extension = extension(config.schemaImageFile());
    ObjectNode imageDocument = imageDocument(!stores.stores().isEmpty());
    this.image = bytes(imageDocument);
    this.images = bytes(collection(imageDocument));
  }

  /** What is wrong with the configured schema file, a sentence each; empty when nothing is. */
  public static List<String> findings(ImageConfig config, StoresConfig stores) {
    try {
      ImageSchema _ = new ImageSchema(config, stores);
      return List.of();
    } catch (IllegalArgumentException e) {
      return List.of(String.valueOf(e.getMessage()));
    }
  }

  /** The JSON type of a property's values. */
  private enum Type {
    STRING,
    INTEGER,
    BOOLEAN,
    /** A list of strings of at most 255 characters. */
    TAGS,
    LOCATIONS
  }

  /** One property: what its values may be, and whether a client may write it. */
  private record Property(
      String name,
      Type type,
      boolean isNullable,
      boolean isReadOnly,
      int maxLength,
      @Nullable Pattern pattern,
      List<String> choices,
      String description) {

    static Property of(String name, Type type, String description) {
      return new Property(name, type, false, false, 0, null, List.of(), description);
    }

    Property nullable() {
      return new Property(name, type, true, isReadOnly, maxLength, pattern, choices, description);
    }

    Property readOnly() {
      return new Property(name, type, isNullable, true, maxLength, pattern, choices, description);
    }

    Property atMost(int characters) {
      return new Property(
          name, type, isNullable, isReadOnly, characters, pattern, choices, description);
    }

    Property uuid() {
      return new Property(
          name,
          type,
          isNullable,
          isReadOnly,
          maxLength,
          Pattern.compile(UUID_FORM),
          choices,
          description);
    }

    Property oneOf(List<String> values) {
      return new Property(
          name, type, isNullable, isReadOnly, maxLength, pattern, values, description);
    }
  }

  private static List<Property> base(List<String> containerFormats, List<String> diskFormats) {
    return List.of(
        Property.of("id", Type.STRING, "The identifier of the image").uuid(),
        Property.of("name", Type.STRING, "A name for people; need not be unique")
            .nullable()
            .atMost(255),
        Property.of("status", Type.STRING, "Where the image is in its life")
            .readOnly()
            .oneOf(Arrays.stream(ImageStatus.values()).map(ImageStatus::wireName).toList()),
        Property.of("visibility", Type.STRING, "Who may see the image")
            .oneOf(Arrays.stream(Visibility.values()).map(Visibility::wireName).sorted().toList()),
        Property.of("protected", Type.BOOLEAN, "Whether the image is guarded against deletion"),
        Property.of("os_hidden", Type.BOOLEAN, "Whether lists leave the image out by default"),
        Property.of("checksum", Type.STRING, "MD5 of the image data, in hex")
            .nullable()
            .readOnly()
            .atMost(32),
        Property.of("os_hash_algo", Type.STRING, "The algorithm of os_hash_value")
            .nullable()
            .readOnly()
            .atMost(64),
        Property.of("os_hash_value", Type.STRING, "Digest of the image data, in hex")
            .nullable()
            .readOnly()
            .atMost(128),
        Property.of("owner", Type.STRING, "The project that owns the image").nullable().atMost(255),
        Property.of("size", Type.INTEGER, "Size of the image data in bytes").nullable().readOnly(),
        Property.of("virtual_size", Type.INTEGER, "Size of the disk inside the image in bytes")
            .nullable()
            .readOnly(),
        Property.of("container_format", Type.STRING, "What the disk is wrapped in")
            .nullable()
            .oneOf(containerFormats),
        Property.of("disk_format", Type.STRING, "The format of the disk")
            .nullable()
            .oneOf(diskFormats),
        Property.of("created_at", Type.STRING, "When the image was registered").readOnly(),
        Property.of("updated_at", Type.STRING, "When the image was last changed").readOnly(),
        Property.of("tags", Type.TAGS, "Labels of the image"),
        Property.of("direct_url", Type.STRING, "Where the store keeps the data").readOnly(),
        Property.of("min_ram", Type.INTEGER, "Memory in MiB that the image needs to boot"),
        Property.of("min_disk", Type.INTEGER, "Disk in GiB that the image needs to boot"),
        Property.of("self", Type.STRING, "Path of this image").readOnly(),
        Property.of("file", Type.STRING, "Path of the image data").readOnly(),
        Property.of("stores", Type.STRING, "The stores that hold the data, comma-separated")
            .readOnly(),
        Property.of("schema", Type.STRING, "Path of the image schema").readOnly(),
        Property.of("locations", Type.LOCATIONS, "Where the data is kept"));
  }

  /**
   * Custom properties with a schema.
   *
   * @throws IllegalArgumentException when the file is none, or says of a base property what does
   *     not hold; the message is for the operator
   */
  private SchemaExtension extension(Optional<Path> file) {
    SchemaExtension read;
    try {
      read = SchemaExtension.of(file);
    } catch (SchemaExtension.InvalidFileException e) {
      throw new IllegalArgumentException(
          SETTING
              + ": "
              + file.map(Path::toString).orElse("the shipped file")
              + ": "
              + e.getMessage(),
          e);
    }
    for (Map.Entry<String, ObjectNode> added : read.documents().entrySet()) {
      Property base = properties.get(added.getKey());
      if (base != null) {
        throw new IllegalArgumentException(
            SETTING + " describes " + base.name() + ", which is a base property of every image");
      }
    }
    return read;
  }

  /** Whether the name is one of the image record's own, so not a custom property. */
  boolean isBase(String name) {
    return properties.containsKey(name);
  }

  /** {@code GET /v2/schemas/image}, ready to send. */
  byte[] image() {
    return image;
  }

  /** {@code GET /v2/schemas/images}, ready to send. */
  byte[] images() {
    return images;
  }

  /**
   * Checks one value that a client wants to set.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when the schema does not allow it
   */
  void check(String name, JsonNode value) {
    Property property = properties.get(name);
    if (property == null) {
      if (extension.contains(name)) {
        checkExtension(name, value);
        return;
      }
      if (name.isEmpty() || length(name) > MAX_PROPERTY_NAME || !isStorable(name)) {
        throw refused(name, "a property name has 1 to 255 characters");
      }
      if (!value.isTextual()) {
        throw refused(name, "the value must be a string");
      }
      checkText(name, value.textValue());
      return;
    }
    if (value.isNull() && property.isNullable()) {
      return;
    }
    switch (property.type()) {
      case STRING -> checkString(property, value);
      case INTEGER -> checkInteger(property, value);
      case BOOLEAN -> {
        if (!value.isBoolean()) {
          throw refused(name, "the value must be true or false");
        }
      }
      case TAGS -> checkTags(value);
      case LOCATIONS -> {
        if (!value.isArray()) {
          throw refused(name, "the value must be a list");
        }
        value.forEach(NewLocation::of);
      }
    }
  }

  /**
   * Checks that a new image has what it must have.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when something is missing
   */
  void checkRequired(JsonNode image) {
    for (String name : extension.required()) {
      if (!image.has(name)) {
        throw refused(name, "the property is required");
      }
    }
  }

  /** Whether what is kept of a custom property stands for null. */
  boolean isNull(String property, String value) {
    return value.isEmpty() && extension.isNullable(property);
  }

  private void checkExtension(String name, JsonNode value) {
    List<String> faults = extension.faults(name, value);
    if (!faults.isEmpty()) {
      throw refused(name, String.join("; ", faults));
    }
    checkText(name, value.isTextual() ? value.textValue() : value.toString());
  }

  private static void checkString(Property property, JsonNode value) {
    if (!value.isTextual()) {
      throw refused(property.name(), "the value must be a string");
    }
    String text = value.textValue();
    checkText(property.name(), text);
    if (property.maxLength() > 0 && length(text) > property.maxLength()) {
      throw refused(property.name(), "at most " + property.maxLength() + " characters");
    }
    if (property.pattern() != null && !property.pattern().matcher(text).matches()) {
      throw refused(property.name(), "'" + text + "' is not a UUID");
    }
    if (!property.choices().isEmpty() && !property.choices().contains(text)) {
      throw refused(
          property.name(), "'" + text + "' is not one of " + String.join(", ", property.choices()));
    }
  }

  private static void checkInteger(Property property, JsonNode value) {
    // In JSON 1.0 and 1e3 are whole numbers too.
    if (!value.isNumber() || value.doubleValue() != Math.rint(value.doubleValue())) {
      throw refused(property.name(), "the value must be an integer");
    }
    boolean isInRange = value.canConvertToInt() && value.intValue() >= 0;
    if (!property.isReadOnly() && !isInRange) {
      throw refused(property.name(), "the value must be from 0 to " + MAX_INT);
    }
  }

  private static void checkTags(JsonNode value) {
    if (!value.isArray()) {
      throw refused("tags", "the value must be a list");
    }
    for (JsonNode tag : value) {
      if (!tag.isTextual()) {
        throw refused("tags", "a tag is a string");
      }
      checkTag(tag.textValue());
    }
  }

  /**
   * Checks one label.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when it is too long, or no text
   */
  static void checkTag(String tag) {
    if (length(tag) > 255) {
      throw refused("tags", "a tag is a string of at most 255 characters");
    }
    checkText("tags", tag);
  }

  private static void checkText(String name, String text) {
    if (!isStorable(text)) {
      throw refused(name, "the value holds a character that is not Unicode text");
    }
  }

  /** PostgreSQL keeps neither NUL nor half of a surrogate pair. */
  private static boolean isStorable(String text) {
    return text.codePoints().allMatch(c -> c != 0 && (c < 0xD800 || c > 0xDFFF));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static GlanceException refused(String name, String reason) {
    return GlanceException.invalid(
        "Provided object does not match schema 'image': " + name + ": " + reason);
  }

  /**
   * Without multistore no image has {@code stores}, and the document leaves it out: glanceclient
   * 4.1 turns each property into an option of its own commands, and stops at one it has already
   * ("--stores: conflicting option string") when called with an image URL instead of a Keystone.
   */
  private ObjectNode imageDocument(boolean isMultistore) {
    ObjectNode all = JSON.objectNode();
    properties.values().stream()
        .filter(property -> isMultistore || !property.name().equals("stores"))
        .forEach(property -> all.set(property.name(), document(property)));
    extension.documents().forEach(all::set);
    ObjectNode document = JSON.objectNode();
    document.put("name", "image");
    document.set("properties", all);
    document.set("additionalProperties", JSON.objectNode().put("type", "string"));
    if (!extension.required().isEmpty()) {
      ArrayNode required = document.putArray("required");
      extension.required().forEach(required::add);
    }
    document.set(
        "links",
        JSON.arrayNode()
            .add(link("self", "{self}"))
            .add(link("enclosure", "{file}"))
            .add(link("describedby", "{schema}")));
    return document;
  }

  private static ObjectNode collection(ObjectNode item) {
    ObjectNode all = JSON.objectNode();
    all.set("images", JSON.objectNode().put("type", "array").set("items", item));
    all.set("first", JSON.objectNode().put("type", "string"));
    all.set("next", JSON.objectNode().put("type", "string"));
    all.set("schema", JSON.objectNode().put("type", "string"));
    ObjectNode document = JSON.objectNode();
    document.put("name", "images");
    document.set("properties", all);
    document.set(
        "links",
        JSON.arrayNode()
            .add(link("first", "{first}"))
            .add(link("next", "{next}"))
            .add(link("describedby", "{schema}")));
    return document;
  }

  private static ObjectNode document(Property property) {
    ObjectNode document = JSON.objectNode();
    String type =
        switch (property.type()) {
          case STRING -> "string";
          case INTEGER -> "integer";
          case BOOLEAN -> "boolean";
          case TAGS, LOCATIONS -> "array";
        };
    if (property.isNullable()) {
      document.set("type", JSON.arrayNode().add("null").add(type));
    } else {
      document.put("type", type);
    }
    if (property.isReadOnly()) {
      document.put("readOnly", true);
    }
    if (property.maxLength() > 0) {
      document.put("maxLength", property.maxLength());
    }
    if (property.pattern() != null) {
      document.put("pattern", property.pattern().pattern());
    }
    if (!property.choices().isEmpty()) {
      ArrayNode choices = document.putArray("enum");
      if (property.isNullable()) {
        choices.addNull();
      }
      property.choices().forEach(choices::add);
    }
    if (property.type() == Type.TAGS) {
      document.set("items", JSON.objectNode().put("type", "string").put("maxLength", 255));
    }
    if (property.type() == Type.LOCATIONS) {
      document.set("items", locationDocument());
    }
    document.put("description", property.description());
    return document;
  }

  private static ObjectNode locationDocument() {
    ObjectNode validation = JSON.objectNode().put("type", "object").put("writeOnly", true);
    validation.set(
        "properties",
        JSON.objectNode()
            .<ObjectNode>set("checksum", text(32).put("minLength", 32))
            .<ObjectNode>set("os_hash_algo", text(64))
            .<ObjectNode>set("os_hash_value", text(128)));
    validation.put("additionalProperties", false);
    validation.set("required", JSON.arrayNode().add("os_hash_algo").add("os_hash_value"));
    ObjectNode location = JSON.objectNode().put("type", "object");
    location.set(
        "properties",
        JSON.objectNode()
            .<ObjectNode>set("url", text(255))
            .<ObjectNode>set("metadata", JSON.objectNode().put("type", "object"))
            .<ObjectNode>set("validation_data", validation));
    location.set("required", JSON.arrayNode().add("url").add("metadata"));
    return location;
  }

  private static ObjectNode text(int maxLength) {
    return JSON.objectNode().put("type", "string").put("maxLength", maxLength);
  }

  private static ObjectNode link(String relation, String template) {
    return JSON.objectNode().put("rel", relation).put("href", template);
  }

  private static byte[] bytes(ObjectNode document) {
    return document.toString().getBytes(StandardCharsets.UTF_8);
  }
}
