package dev.glance.api.store;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** What stores need to know of {@code glance.api.*}. */
@ConfigMapping(prefix = "glance.api")
public interface StoreDefaultsConfig {
  /**
   * The folder for what the service keeps itself, the built-in store among it. Default {@code var}.
   */
  @WithDefault("var")
  Path dataDir();

  /**
   * The store that takes an upload which names none. Required with more than one store; must be one
   * that is configured.
   */
  Optional<String> defaultStore();
}
