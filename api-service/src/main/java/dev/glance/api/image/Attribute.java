package dev.glance.api.image;

import dev.glance.model.error.GlanceException;
import java.util.Set;

/** Which names of the image document a client may never write (API reference 2.1 and 2.4). */
final class Attribute {
  private static final Set<String> COMPUTED =
      Set.of("direct_url", "self", "file", "schema", "stores");
  private static final Set<String> KEPT_BY_SERVICE =
      Set.of(
          "created_at",
          "updated_at",
          "status",
          "checksum",
          "size",
          "virtual_size",
          "os_hash_algo",
          "os_hash_value");
  private static final Set<String> RESERVED = Set.of("location", "deleted", "deleted_at");
  private static final String RESERVED_PREFIX = "os_glance";

  private Attribute() {}

  /** Whether the service computes it for each answer. */
  static boolean isComputed(String name) {
    return COMPUTED.contains(name);
  }

  /** Whether only the service writes it. */
  static boolean isReadOnly(String name) {
    return KEPT_BY_SERVICE.contains(name);
  }

  /** Whether no property may have this name. */
  static boolean isReserved(String name) {
    return RESERVED.contains(name) || name.startsWith(RESERVED_PREFIX);
  }

  static GlanceException readOnly(String name) {
    return GlanceException.forbidden("Attribute '" + name + "' is read-only.");
  }

  static GlanceException reserved(String name) {
    return GlanceException.forbidden("Attribute '" + name + "' is reserved.");
  }
}
