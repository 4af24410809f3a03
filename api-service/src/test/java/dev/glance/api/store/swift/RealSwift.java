package dev.glance.api.store.swift;

import dev.glance.api.store.LabServer;
import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Servers that speak Swift's API, run by the scripts of {@code integration-tests/lab}: one of each
 * for a run of tests. Where the packages of one are missing the test is skipped.
 */
final class RealSwift {
  private static @Nullable RealSwift radosgw;

  private final LabServer server;
  private final String user;

  private RealSwift(LabServer server, String user) {
    this.server = server;
    this.user = user;
  }

  /** Debian's Swift, running. */
  static RealSwift running() {
    return new RealSwift(LabServer.running("swift"), "service:glance");
  }

  /** Ceph's radosgw, running. */
  static synchronized RealSwift radosgw() {
    if (radosgw == null) {
      LabServer server = LabServer.running("radosgw");
      String _ =
          server.tell(
              "admin",
              "subuser",
              "create",
              "--uid=glance",
              "--subuser=glance:swift",
              "--key-type=swift",
              "--secret=secret",
              "--access=full");
      radosgw = new RealSwift(server, "glance:swift");
    }
    return radosgw;
  }

  int port() {
    return server.port();
  }

  /** Who owns the account, {@code project:user}, with the key {@code secret}. */
  String user() {
    return user;
  }

  /** Where version 1 of the API gives tokens out. */
  String authAddress() {
    return "http://127.0.0.1:" + port() + "/auth/v1.0";
  }

  /** Settings of a store in this Swift, with parts of 1 MiB; {@code more} replaces single ones. */
  SwiftConfig config(String container, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("auth-address", authAddress());
    settings.put("auth-version", "1");
    settings.put("user", user);
    settings.put("key", "secret");
    settings.put("container", container);
    settings.put("create-container-on-put", "true");
    settings.put("large-object-chunk-size", "1M");
    settings.put("upload-buffer", "4M");
    settings.put("max-manifest-segments", "5");
    settings.put("timeout", "20s");
    settings.put("retry-delay", "10ms");
    settings.putAll(more);
    Map<String, String> keys = new HashMap<>(Map.of("glance.stores.cloud.type", "swift"));
    settings.forEach((key, value) -> keys.put("glance.stores.cloud.swift." + key, value));
    StoresConfig stores =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(StoresConfig.class)
            .withDefaultValues(keys)
            .build()
            .getConfigMapping(StoresConfig.class);
    return Objects.requireNonNull(stores.stores().get("cloud")).swift();
  }

  /** Makes all tokens void that were given out. */
  void forgetTokens() {
    String _ = server.tell("forget");
  }
}
