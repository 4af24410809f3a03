package dev.glance.api.store.s3;

import dev.glance.api.store.LabServer;
import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Ceph's radosgw, run by {@code lab/radosgw} of the integration tests: one for a run of tests. */
final class RealS3 {
  private static @Nullable RealS3 shared;

  private final LabServer server;
  private final S3Client client;

  private RealS3(LabServer server) {
    this.server = server;
    this.client =
        S3Client.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + server.port()))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("glance", "secret")))
            .build();
  }

  /** The server of this test run, running. Where its packages are missing the test is skipped. */
  static synchronized RealS3 running() throws IOException {
    if (shared == null) {
      shared = new RealS3(LabServer.start("radosgw"));
    }
    return shared;
  }

  int port() {
    return server.port();
  }

  /** The same bucket's owner, seen past the store. */
  S3Client raw() {
    return client;
  }

  /** Runs {@code radosgw-admin}. */
  void admin(String... arguments) {
    String _ = server.tell("admin", arguments);
  }

  /** Settings of a store in it, with parts of 1 MiB; {@code more} replaces single ones. */
  S3Config config(String bucket, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("host", "http://127.0.0.1:" + port());
    settings.put("access-key", "glance");
    settings.put("secret-key", "secret");
    settings.put("bucket", bucket);
    settings.put("create-bucket-on-put", "true");
    settings.put("large-object-chunk-size", "1M");
    settings.put("min-part-size", "1K");
    settings.put("upload-buffer", "4M");
    settings.put("timeout", "20s");
    settings.put("retry-delay", "10ms");
    settings.putAll(more);
    if (more.containsKey("credentials-file")) {
      settings.remove("access-key");
      settings.remove("secret-key");
    }
    Map<String, String> keys = new HashMap<>(Map.of("glance.stores.cloud.type", "s3"));
    settings.forEach((key, value) -> keys.put("glance.stores.cloud.s3." + key, value));
    StoresConfig stores =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(StoresConfig.class)
            .withDefaultValues(keys)
            .build()
            .getConfigMapping(StoresConfig.class);
    return Objects.requireNonNull(stores.stores().get("cloud")).s3();
  }
}
