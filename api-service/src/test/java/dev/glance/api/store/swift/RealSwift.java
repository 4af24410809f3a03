package dev.glance.api.store.swift;

import dev.glance.api.store.LabServer;
import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Debian's Swift, run by {@code lab/swift} of the integration tests: one for a run of tests. */
final class RealSwift {
  private final LabServer server;

  private RealSwift(LabServer server) {
    this.server = server;
  }

  /** The Swift of this test run, running. Where its packages are missing the test is skipped. */
  static RealSwift running() {
    return new RealSwift(LabServer.running("swift"));
  }

  int port() {
    return server.port();
  }

  /** Where version 1 of the API gives tokens out, to {@code service:glance} with {@code secret}. */
  String authAddress() {
    return "http://127.0.0.1:" + port() + "/auth/v1.0";
  }

  /** Settings of a store in this Swift, with parts of 1 MiB; {@code more} replaces single ones. */
  SwiftConfig config(String container, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("auth-address", authAddress());
    settings.put("auth-version", "1");
    settings.put("user", "service:glance");
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
