package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataConfigTest {
  @Test
  void defaults() {
    DataConfig config = config(Map.of());

    assertThat(config.hashingAlgorithm()).isEqualTo("sha512");
    assertThat(config.imageSizeCap().asLongValue()).isEqualTo(1L << 40);
    assertThat(config.upload().idleTimeout()).isEqualTo(Duration.ofSeconds(60));
    assertThat(config.upload().bufferMemory().asLongValue()).isEqualTo(64L << 20);
    assertThat(config.download().idleTimeout()).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void explicitNames() {
    DataConfig config =
        config(
            Map.of(
                "glance.api.hashing-algorithm", "sha256",
                "glance.api.image-size-cap", "10G",
                "glance.api.upload.idle-timeout", "5s",
                "glance.api.download.idle-timeout", "7s",
                "glance.api.upload.buffer-memory", "8M",
                "glance.api.upload.max-concurrent", "3"));

    assertThat(config.upload().maxConcurrent()).isEqualTo(3);
    assertThat(config.hashingAlgorithm()).isEqualTo("sha256");
    assertThat(config.imageSizeCap().asLongValue()).isEqualTo(10L << 30);
    assertThat(config.upload().idleTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.download().idleTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(config.upload().bufferMemory().asLongValue()).isEqualTo(8L << 20);
  }

  @Test
  void whatMakesNoSenseIsNamed() {
    assertThat(DataConfig.findings(config(Map.of()), 96L << 20)).isEmpty();
    assertThat(
            DataConfig.findings(
                config(
                    Map.of(
                        "glance.api.hashing-algorithm", "crc32",
                        "glance.api.upload.buffer-memory", "1M",
                        "glance.api.upload.max-concurrent", "0")),
                96L << 20))
        .satisfiesExactly(
            each -> assertThat(each).contains("glance.api.hashing-algorithm"),
            each -> assertThat(each).contains("glance.api.upload.buffer-memory"),
            each -> assertThat(each).contains("glance.api.upload.max-concurrent"));
    assertThat(DataConfig.findings(config(Map.of()), 95L << 20))
        .singleElement()
        .asString()
        .contains("glance.api.upload.buffer-memory is 64M", "95M", "-XX:MaxDirectMemorySize");
  }

  private static DataConfig config(Map<String, String> values) {
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withMapping(DataConfig.class)
        .withDefaultValues(values)
        .build()
        .getConfigMapping(DataConfig.class);
  }
}
