package dev.glance.api.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Which web pages may call, with upstream's names and defaults (API reference section 7.12). */
@ConfigMapping(prefix = "glance.api.cors")
public interface CorsConfig {
  /**
   * The pages' origins, such as {@code https://horizon.example.org}, or {@code *} for all. Without
   * any, browsers keep pages of other hosts away.
   */
  Optional<List<String>> allowedOrigin();

  /** Whether a page may send its user's credentials. */
  @WithDefault("true")
  boolean allowCredentials();

  /** The answer's headers that a page may read. */
  @WithDefault(
      "X-Image-Meta-Checksum,X-Auth-Token,X-Subject-Token,X-Service-Token,X-OpenStack-Request-ID")
  List<String> exposeHeaders();

  /** How long a browser may remember that it was allowed; whole seconds. */
  @WithDefault("3600s")
  Duration maxAge();

  /** The methods that a page may use. */
  @WithDefault("GET,PUT,POST,DELETE,PATCH")
  List<String> allowMethods();

  /** The request headers that a page may set, beside those that every page may. */
  @WithDefault(
      "Content-MD5,X-Image-Meta-Checksum,X-Storage-Token,Accept-Encoding,X-Auth-Token,"
          + "X-Identity-Status,X-Roles,X-Service-Catalog,X-User-Id,X-Tenant-Id,"
          + "X-OpenStack-Request-ID")
  List<String> allowHeaders();
}
