package dev.glance.api.data;

import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.Scope;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Images and bytes for tests. */
final class TestImages {
  /** The scope of every caller in the mode {@code none}. */
  static final Scope SCOPE =
      new Scope("admin", "admin", List.of("admin", "member", "reader"), true, false);

  private TestImages() {}

  /** Registers a raw image that waits for its bytes. */
  static String queued(ImagesApi registry) {
    return queued(registry, "raw", "bare");
  }

  /** Registers an image of these formats, either of which may be null. */
  static String queued(
      ImagesApi registry, @Nullable String diskFormat, @Nullable String containerFormat) {
    ImageAttributes attributes =
        new ImageAttributes(
            "test",
            Visibility.PRIVATE,
            false,
            false,
            "admin",
            List.of(),
            0,
            0,
            containerFormat,
            diskFormat,
            Map.of());
    return registry.create(SCOPE, new NewImage(null, attributes)).id();
  }

  static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  static String digest(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
