package dev.glance.api.registry;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** How to reach glance-registry. */
@ConfigMapping(prefix = "glance.api.registry")
public interface RegistryConfig {
  /** Where glance-registry listens. */
  @WithDefault("http://127.0.0.1:9191")
  URI url();

  /** The service token shared with glance-registry; a secret. */
  Optional<String> token();

  /** A file that holds the token on its first line, instead of {@code token}. */
  Optional<Path> tokenFile();

  /** How long a call may take before it counts as failed and the client is told to try again. */
  @WithDefault("2s")
  Duration timeout();

  /** The most connections kept open to glance-registry; raise it with very many clients at once. */
  @WithDefault("128")
  int maxConnections();
}
