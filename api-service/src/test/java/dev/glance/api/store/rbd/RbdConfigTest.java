package dev.glance.api.store.rbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RbdConfigTest {
  @Test
  void theDefaultsAreUpstreamsAndLimited() {
    RbdConfig config = config(Map.of());

    assertThat(config.cephConf()).isEqualTo(Path.of("/etc/ceph/ceph.conf"));
    assertThat(config.user()).isEqualTo("glance");
    assertThat(config.pool()).isEqualTo("images");
    assertThat(config.dataPool()).isEmpty();
    assertThat(config.chunkSize().asLongValue()).isEqualTo(8 << 20);
    assertThat(config.features()).containsExactly("layering");
    assertThat(config.buffer().asLongValue()).isEqualTo(64 << 20);
    assertThat(config.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.timeout()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void namesAreExplicit() {
    RbdConfig config =
        config(
            Map.of(
                "ceph-conf", "/x/ceph.conf",
                "user", "u",
                "pool", "p",
                "data-pool", "d",
                "chunk-size", "4M",
                "features", "layering,exclusive-lock",
                "buffer", "1M",
                "connect-timeout", "1s",
                "timeout", "2s"));

    assertThat(config.cephConf()).isEqualTo(Path.of("/x/ceph.conf"));
    assertThat(config.user()).isEqualTo("u");
    assertThat(config.pool()).isEqualTo("p");
    assertThat(config.dataPool()).hasValue("d");
    assertThat(config.chunkSize().asLongValue()).isEqualTo(4 << 20);
    assertThat(config.features()).containsExactly("layering", "exclusive-lock");
    assertThat(config.buffer().asLongValue()).isEqualTo(1 << 20);
    assertThat(config.connectTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.timeout()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void whatCannotBeIsNamed() {
    RbdConfig config =
        config(
            Map.of(
                "ceph-conf", "/nowhere/ceph.conf",
                "chunk-size", "3M",
                "features", "journaling",
                "buffer", "1K",
                "timeout", "0s"));

    assertThat(RbdConfig.findings("here", config))
        .satisfiesExactly(
            each -> assertThat(each).contains("here.ceph-conf", "/nowhere/ceph.conf"),
            each -> assertThat(each).contains("here.chunk-size must be a power of two"),
            each -> assertThat(each).contains("here.features", "not journaling"),
            each -> assertThat(each).contains("here.features must contain layering"),
            each -> assertThat(each).contains("here.buffer"),
            each -> assertThat(each).contains("here.connect-timeout and .timeout"));
  }

  private static RbdConfig config(Map<String, String> settings) {
    Map<String, String> keys = new HashMap<>(Map.of("glance.stores.ceph.type", "rbd"));
    settings.forEach((key, value) -> keys.put("glance.stores.ceph.rbd." + key, value));
    StoresConfig stores =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(StoresConfig.class)
            .withDefaultValues(keys)
            .build()
            .getConfigMapping(StoresConfig.class);
    return Objects.requireNonNull(stores.stores().get("ceph")).rbd();
  }
}
