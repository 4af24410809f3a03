package dev.glance.registry.http;

import dev.glance.registry.RegistryConfig;
import dev.glance.registry.StartupChecks;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * The secret that glance-api shows with each call. A bean of its own, because the framework makes
 * filters before the configuration can be read.
 */
@ApplicationScoped
public class ServiceToken {
  private static final String SCHEME = "Bearer ";

  private final byte[] expected;

  ServiceToken(RegistryConfig config) {
    String token = StartupChecks.secret(config.token(), config.tokenFile()).orElseThrow();
    this.expected = (SCHEME + token).getBytes(StandardCharsets.UTF_8);
  }

  /** Whether an {@code Authorization} header holds it; takes as long for a near miss as for any. */
  boolean isShownBy(String authorization) {
    return MessageDigest.isEqual(expected, authorization.getBytes(StandardCharsets.UTF_8));
  }
}
