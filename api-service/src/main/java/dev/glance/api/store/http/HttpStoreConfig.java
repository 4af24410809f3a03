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

  /** How long a connection, the head of an answer or the next bytes may take. Default 10 s. */
  @WithDefault("10s")
  Duration timeout();

  /**
   * How often a request is made again that found no server, a broken connection or one that is busy
   * (429, 500, 502, 503, 504), and how often a download that broke off is taken up where it was, if
   * the server names the file's version (ETag). Default 3.
   */
  @WithDefault("3")
  int retries();

  /** How long to wait before the first further request; twice as long before each one after it. */
  @WithDefault("500ms")
  Duration retryDelay();
}
