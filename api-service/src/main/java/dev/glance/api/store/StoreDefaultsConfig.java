package dev.glance.api.store;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** Where image bytes go when nobody says otherwise. */
@ConfigMapping(prefix = "glance.api")
public interface StoreDefaultsConfig {
  /** The service's own folder; the built-in store keeps images in {@code images} below it. */
  @WithDefault("var")
  Path dataDir();

  /** The store that takes an upload which names none. Required with more than one store. */
  Optional<String> defaultStore();
}
