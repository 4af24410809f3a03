package dev.glance.it;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One image as {@link ImageModel} remembers it. */
final class ModelledImage {
  /** What every image document has beside the times (API reference section 3.1). */
  private static final Map<String, @Nullable Object> NEW = new LinkedHashMap<>();

  static {
    NEW.put("id", null);
    NEW.put("name", null);
    NEW.put("status", "queued");
    NEW.put("visibility", "shared");
    NEW.put("protected", false);
    NEW.put("os_hidden", false);
    NEW.put("owner", null);
    NEW.put("tags", Set.of());
    NEW.put("min_disk", 0);
    NEW.put("min_ram", 0);
    NEW.put("container_format", null);
    NEW.put("disk_format", null);
    NEW.put("size", null);
    NEW.put("virtual_size", null);
    NEW.put("checksum", null);
    NEW.put("os_hash_algo", null);
    NEW.put("os_hash_value", null);
    NEW.put("self", null);
    NEW.put("file", null);
    NEW.put("schema", "/v2/schemas/image");
  }

  private Map<String, @Nullable Object> document = new LinkedHashMap<>(NEW);

  /** Projects and what they said, in the order of their coming. */
  final Map<String, String> members = new LinkedHashMap<>();

  byte[] data = new byte[0];
  boolean isDeleted;

  static boolean isBase(String property) {
    return NEW.containsKey(property);
  }

  /** The whole document but its times. */
  Map<String, @Nullable Object> document() {
    return document;
  }

  void replaceDocument(Map<String, @Nullable Object> by) {
    document = by;
  }

  @Nullable Object get(String property) {
    return document.get(property);
  }

  String id() {
    return String.valueOf(get("id"));
  }

  /** The id as the service gave it. */
  void setId(String id) {
    document.put("id", id);
    document.put("self", "/v2/images/" + id);
    document.put("file", "/v2/images/" + id + "/file");
  }

  boolean is(String property, @Nullable Object value) {
    return Objects.equals(get(property), value);
  }

  Set<String> tags() {
    return set(get("tags"));
  }

  /** A list of tags without its order and repetitions, which say nothing. */
  static Set<String> set(@Nullable Object tags) {
    Set<String> set = new TreeSet<>();
    if (tags instanceof Collection<?> many) {
      many.forEach(tag -> set.add(String.valueOf(tag)));
    }
    return set;
  }
}
