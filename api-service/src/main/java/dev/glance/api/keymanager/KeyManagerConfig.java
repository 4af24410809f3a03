package dev.glance.api.keymanager;

import dev.glance.api.net.CaCertificates;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where the key manager is. */
@ConfigMapping(prefix = "glance.api.key-manager")
public interface KeyManagerConfig {
  /**
   * Where Barbican listens, with {@code /v1} at the end or without. Set it where Cinder makes
   * images of encrypted volumes: without it the keys of deleted images stay in Barbican.
   */
  Optional<URI> url();

  /** How long the deletion of an image may wait for that of its key. */
  @WithDefault("5s")
  Duration timeout();

  /** A file of PEM certificates that Barbican's must descend from, instead of the JDK's own. */
  Optional<Path> caFile();

  /** What is wrong, a sentence each. */
  static List<String> findings(KeyManagerConfig config) {
    List<String> findings = new ArrayList<>();
    config
        .url()
        .filter(
            url ->
                !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                    || url.getHost() == null
                    || url.getRawQuery() != null)
        .ifPresent(
            url -> findings.add("glance.api.key-manager.url is no http or https URL: " + url));
    if (!config.timeout().isPositive()) {
      findings.add("glance.api.key-manager.timeout must be more than 0");
    }
    try {
      config.caFile().ifPresent(CaCertificates::context);
    } catch (IllegalArgumentException e) {
      findings.add("glance.api.key-manager.ca-file: " + e.getMessage());
    }
    return findings;
  }
}
