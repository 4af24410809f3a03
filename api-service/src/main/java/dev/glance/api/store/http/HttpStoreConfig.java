package dev.glance.api.store.http;

import dev.glance.api.net.UrlRulesConfig;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** {@code glance.stores.<name>.http.*}: which web servers' files may be images. */
public interface HttpStoreConfig extends UrlRulesConfig {
  /**
   * A file of CA certificates (PEM) that https servers are believed by, instead of the system's. A
   * server's certificate is always checked.
   */
  Optional<Path> caCertificatesFile();

  /** How long a connection may take, and then the head of an answer. Default 10 s. */
  @WithDefault("10s")
  Duration timeout();
}
