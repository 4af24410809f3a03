package dev.glance.api.policy;

import dev.glance.api.auth.Caller;
import dev.glance.model.image.Image;
import dev.glance.model.image.Visibility;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An image as check strings see it (API reference section 4.1): its base properties, then its
 * custom ones, by name. The owner is also {@code project_id}.
 */
record ImageTarget(Caller caller, Image image) implements Target {
  @Override
  public @Nullable Object get(String name) {
    return switch (name) {
      case "project_id", "owner" -> orUnset(image.owner());
      case "visibility" -> image.visibility().wireName();
      case "member_id", "member" -> orUnset(member());
      case "id", "image_id" -> image.id();
      case "name" -> orUnset(image.name());
      case "status" -> image.status().wireName();
      case "protected" -> image.isProtected();
      case "os_hidden" -> image.isHidden();
      case "min_disk" -> image.minDisk();
      case "min_ram" -> image.minRam();
      case "container_format" -> orUnset(image.containerFormat());
      case "disk_format" -> orUnset(image.diskFormat());
      case "size" -> orUnset(image.size());
      case "virtual_size" -> orUnset(image.virtualSize());
      case "checksum" -> orUnset(image.checksum());
      case "os_hash_algo" -> orUnset(image.hashAlgorithm());
      case "os_hash_value" -> orUnset(image.hashValue());
      case "created_at" -> image.createdAt();
      case "updated_at" -> image.updatedAt();
      default -> image.properties().get(name);
    };
  }

  /**
   * The registry shows an image that is shared, and not the caller's own, only to its members: who
   * sees it is one.
   */
  private @Nullable String member() {
    return image.visibility() == Visibility.SHARED
            && !Objects.equals(image.owner(), caller.project())
        ? caller.project()
        : null;
  }

  private static Object orUnset(@Nullable Object value) {
    return value == null ? UNSET : value;
  }
}
