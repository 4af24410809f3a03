package dev.glance.api.store.s3;

import dev.glance.api.store.LabServer;
import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * Servers that speak S3's API, run by the scripts of {@code integration-tests/lab}: one of each for
 * a run of tests. Where the packages of one are missing the test is skipped.
 */
final class RealS3 {
  private static final Map<String, RealS3> RUNNING = new HashMap<>();

  private final LabServer server;
  private final String accessKey;
  private final S3Client client;

  private RealS3(LabServer server, String accessKey) {
    this.server = server;
    this.accessKey = accessKey;
    this.client =
        S3Client.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + server.port()))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, "secret")))
            .build();
  }

  /** Ceph's radosgw, running. */
  static RealS3 radosgw() {
    return running("radosgw", "glance");
  }

  /** Swift with its S3 API, running. */
  static RealS3 swift() {
    return running("swift", "service:glance");
  }

  private static synchronized RealS3 running(String script, String accessKey) {
    return RUNNING.computeIfAbsent(
        script, missing -> new RealS3(LabServer.running(missing), accessKey));
  }

  int port() {
    return server.port();
  }

  /** The same bucket's owner, seen past the store. */
  S3Client raw() {
    return client;
  }

  /** Runs {@code radosgw-admin} on radosgw. */
  void admin(String... arguments) {
    String _ = server.tell("admin", arguments);
  }

  /** Settings of a store in it, with parts of 1 MiB; {@code more} replaces single ones. */
  S3Config config(String bucket, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("host", "http://127.0.0.1:" + port());
    settings.put("access-key", accessKey);
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
