package dev.glance.api.store.rbd;

import dev.glance.model.image.ImageId;
import dev.glance.model.registry.UploadKey;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The RBD images of one attempt at an upload: the one it writes, and what that is renamed to. */
record RbdNames(UploadKey key) {
  private static final Pattern OURS = Pattern.compile("(.{36})(?:\\.\\d+)?(\\.part)?");

  /** The name of the RBD image that is the image. */
  String published() {
    return key.objectName();
  }

  /** The name that no other attempt ever uses, while bytes arrive. */
  String part() {
    return key.attemptName() + ".part";
  }

  /** The image that a name speaks of, or empty when it is none of ours. */
  static Optional<UUID> imageId(String name) {
    Matcher ours = OURS.matcher(name);
    return ours.matches() ? ImageId.parse(ours.group(1)) : Optional.empty();
  }

  /** Whether what has such a name was never published. */
  static boolean isPart(String name) {
    Matcher ours = OURS.matcher(name);
    return ours.matches() && ours.group(2) != null;
  }
}
