package dev.glance.api.image;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.api.auth.Caller;
import dev.glance.api.location.LocationConfig;
import dev.glance.api.policy.PropertyProtections;
import dev.glance.api.policy.PropertyProtections.Operation;
import dev.glance.api.store.Stores;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes images as clients see them (API reference section 3.1): every base property, null where
 * unset, and the custom ones flat beside them. Written by hand to the wire's bytes, because a list
 * page writes this a hundred times.
 */
@Singleton
public final class ImageDocument {
  private static final JsonFactory JSON =
      new JsonFactoryBuilder().enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8).build();

  static {
    // For the free values in locations' metadata.
    JSON.setCodec(new ObjectMapper());
  }

  private final boolean showsLocations;
  private final boolean showsDirectUrl;
  private final boolean isMultistore;
  private final Stores stores;
  private final ImageSchema schema;
  private final PropertyProtections protections;

  ImageDocument(
      ImageConfig config,
      LocationConfig locations,
      Stores stores,
      ImageSchema schema,
      PropertyProtections protections) {
    this.showsDirectUrl = config.showImageDirectUrl();
    this.showsLocations = locations.showMultipleLocations();
    this.isMultistore = stores.isMultistore();
    this.stores = stores;
    this.schema = schema;
    this.protections = protections;
  }

  /** The document of one image. */
  byte[] image(Caller caller, Image image) {
    return bytes(json -> write(json, caller, image));
  }

  /** The document of a list page; {@code next} is null on the last one. */
  byte[] page(Caller caller, List<Image> images, String first, @Nullable String next) {
    return bytes(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("images");
          for (Image image : images) {
            write(json, caller, image);
          }
          json.writeEndArray();
          json.writeStringField("first", first);
          if (next != null) {
            json.writeStringField("next", next);
          }
          json.writeStringField("schema", "/v2/schemas/images");
          json.writeEndObject();
        });
  }

  private void write(JsonGenerator json, Caller caller, Image image) throws IOException {
    String self = "/v2/images/" + image.id();
    json.writeStartObject();
    for (Map.Entry<String, String> property : image.properties().entrySet()) {
      if (!schema.isBase(property.getKey())
          && protections.allows(caller, Operation.READ, property.getKey())) {
        String value = property.getValue();
        json.writeStringField(
            property.getKey(), schema.isNull(property.getKey(), value) ? null : value);
      }
    }
    json.writeStringField("name", image.name());
    json.writeStringField("disk_format", image.diskFormat());
    json.writeStringField("container_format", image.containerFormat());
    json.writeStringField("visibility", image.visibility().wireName());
    write(json, "size", image.size());
    write(json, "virtual_size", image.virtualSize());
    json.writeStringField("status", image.status().wireName());
    json.writeStringField("checksum", image.checksum());
    json.writeBooleanField("protected", image.isProtected());
    json.writeNumberField("min_ram", image.minRam());
    json.writeNumberField("min_disk", image.minDisk());
    json.writeStringField("owner", image.owner());
    json.writeBooleanField("os_hidden", image.isHidden());
    json.writeStringField("os_hash_algo", image.hashAlgorithm());
    json.writeStringField("os_hash_value", image.hashValue());
    json.writeStringField("id", image.id());
    json.writeStringField("created_at", time(image.createdAt()));
    json.writeStringField("updated_at", time(image.updatedAt()));
    writeLocations(json, caller, image);
    json.writeArrayFieldStart("tags");
    for (String tag : image.tags()) {
      json.writeString(tag);
    }
    json.writeEndArray();
    json.writeStringField("self", self);
    json.writeStringField("file", self + "/file");
    json.writeStringField("schema", "/v2/schemas/image");
    json.writeEndObject();
  }

  /**
   * Where the bytes are is nobody's business but an admin's while the image is deactivated. Else it
   * is for everyone who sees the image, as in upstream's code: Nova reads it with its user's token
   * to clone public images inside Ceph, so the rule {@code get_image_location} is not asked.
   */
  private void writeLocations(JsonGenerator json, Caller caller, Image image) throws IOException {
    if (!(showsLocations || showsDirectUrl || isMultistore)) {
      return;
    }
    boolean areHidden = image.status() == ImageStatus.DEACTIVATED && !caller.isAdmin();
    List<Location> locations = areHidden ? List.of() : image.locations();
    if (showsLocations) {
      json.writeArrayFieldStart("locations");
      for (Location location : locations) {
        json.writeStartObject();
        json.writeStringField("url", location.url());
        json.writePOJOField("metadata", location.metadata());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    if (locations.isEmpty()) {
      return;
    }
    if (showsDirectUrl) {
      json.writeStringField("direct_url", stores.best(locations).orElseThrow().url());
    }
    if (isMultistore) {
      String names =
          locations.stream()
              .flatMap(location -> stores.nameOf(location).stream())
              .collect(Collectors.joining(","));
      if (!names.isEmpty()) {
        json.writeStringField("stores", names);
      }
    }
  }

  private static void write(JsonGenerator json, String name, @Nullable Long value)
      throws IOException {
    if (value == null) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, value);
    }
  }

  /** {@code YYYY-MM-DDThh:mm:ssZ}, without a fraction. */
  static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  @FunctionalInterface
  private interface Writer {
    void write(JsonGenerator json) throws IOException;
  }

  private static byte[] bytes(Writer writer) {
    ByteArrayBuilder bytes = new ByteArrayBuilder(2048);
    try (JsonGenerator json = JSON.createGenerator(bytes, JsonEncoding.UTF8)) {
      writer.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
