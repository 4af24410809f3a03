package dev.glance.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.AuthConfig;
import dev.glance.api.http.HttpConfig;
import dev.glance.api.image.ImageConfig;
import dev.glance.api.registry.RegistryConfig;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The names of the settings, which operators write into files, and their defaults. */
class ConfigTest {
  @Test
  void defaults() {
    SmallRyeConfig config = config(Map.of());

    HttpConfig http = config.getConfigMapping(HttpConfig.class);
    assertThat(http.listenHost()).isEqualTo("127.0.0.1");
    assertThat(http.listenPort()).isEqualTo(9292);
    assertThat(http.publicEndpoint()).isEmpty();
    assertThat(http.maxRequestIdLength()).isEqualTo(64);
    assertThat(http.healthcheckDisableFile()).isEmpty();
    assertThat(http.healthInterval()).isEqualTo(Duration.ofSeconds(2));
    assertThat(http.shutdownDelay()).isZero();
    assertThat(http.shutdownTimeout()).isEqualTo(Duration.ofSeconds(10));
    ImageConfig image = config.getConfigMapping(ImageConfig.class);
    assertThat(image.showImageDirectUrl()).isFalse();
    assertThat(image.limitParamDefault()).isEqualTo(25);
    assertThat(image.apiLimitMax()).isEqualTo(1000);
    assertThat(image.containerFormats()).contains("bare", "compressed").hasSize(8);
    assertThat(image.diskFormats()).contains("raw", "qcow2").hasSize(11);
    RegistryConfig registry = config.getConfigMapping(RegistryConfig.class);
    assertThat(registry.url()).isEqualTo(URI.create("http://127.0.0.1:9191"));
    assertThat(registry.token()).isEmpty();
    assertThat(registry.tokenFile()).isEmpty();
    assertThat(registry.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(registry.maxConnections()).isEqualTo(128);
    AuthConfig auth = config.getConfigMapping(AuthConfig.class);
    assertThat(auth.mode()).isEqualTo(AuthConfig.Mode.NONE);
    assertThat(auth.none().project()).isEqualTo("admin");
    assertThat(auth.none().user()).isEqualTo("admin");
    assertThat(auth.none().allowRemote()).isFalse();
  }

  @Test
  void explicitNames() {
    SmallRyeConfig config =
        config(
            Map.ofEntries(
                Map.entry("glance.api.listen-host", "::1"),
                Map.entry("glance.api.listen-port", "1"),
                Map.entry("glance.api.public-endpoint", "https://images.example.org/image"),
                Map.entry("glance.api.max-request-id-length", "2"),
                Map.entry("glance.api.healthcheck-disable-file", "/etc/off"),
                Map.entry("glance.api.health-interval", "3s"),
                Map.entry("glance.api.shutdown.delay", "4s"),
                Map.entry("glance.api.shutdown.timeout", "5m"),
                Map.entry("glance.api.show-image-direct-url", "true"),
                Map.entry("glance.api.limit-param-default", "4"),
                Map.entry("glance.api.api-limit-max", "5"),
                Map.entry("glance.api.container-formats", "bare"),
                Map.entry("glance.api.disk-formats", "raw,gpt"),
                Map.entry("glance.api.registry.url", "https://registry:1"),
                Map.entry("glance.api.registry.token", "t"),
                Map.entry("glance.api.registry.token-file", "/run/token"),
                Map.entry("glance.api.registry.timeout", "6s"),
                Map.entry("glance.api.registry.max-connections", "7"),
                Map.entry("glance.auth.mode", "none"),
                Map.entry("glance.auth.none.project", "p"),
                Map.entry("glance.auth.none.user", "u"),
                Map.entry("glance.auth.none.allow-remote", "true")));

    HttpConfig http = config.getConfigMapping(HttpConfig.class);
    assertThat(http.listenHost()).isEqualTo("::1");
    assertThat(http.listenPort()).isEqualTo(1);
    assertThat(http.publicEndpoint()).contains("https://images.example.org/image");
    assertThat(http.maxRequestIdLength()).isEqualTo(2);
    assertThat(http.healthcheckDisableFile()).contains(Path.of("/etc/off"));
    assertThat(http.healthInterval()).isEqualTo(Duration.ofSeconds(3));
    assertThat(http.shutdownDelay()).isEqualTo(Duration.ofSeconds(4));
    assertThat(http.shutdownTimeout()).isEqualTo(Duration.ofMinutes(5));
    ImageConfig image = config.getConfigMapping(ImageConfig.class);
    assertThat(image.showImageDirectUrl()).isTrue();
    assertThat(image.limitParamDefault()).isEqualTo(4);
    assertThat(image.apiLimitMax()).isEqualTo(5);
    assertThat(image.containerFormats()).containsExactly("bare");
    assertThat(image.diskFormats()).containsExactly("raw", "gpt");
    RegistryConfig registry = config.getConfigMapping(RegistryConfig.class);
    assertThat(registry.url()).isEqualTo(URI.create("https://registry:1"));
    assertThat(registry.token()).contains("t");
    assertThat(registry.tokenFile()).contains(Path.of("/run/token"));
    assertThat(registry.timeout()).isEqualTo(Duration.ofSeconds(6));
    assertThat(registry.maxConnections()).isEqualTo(7);
    AuthConfig auth = config.getConfigMapping(AuthConfig.class);
    assertThat(auth.none().project()).isEqualTo("p");
    assertThat(auth.none().user()).isEqualTo("u");
    assertThat(auth.none().allowRemote()).isTrue();
  }

  private static SmallRyeConfig config(Map<String, String> settings) {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .addDiscoveredConverters()
        .withSources(new PropertiesConfigSource(settings, "test", 100))
        .withMapping(HttpConfig.class)
        .withMapping(ImageConfig.class)
        .withMapping(RegistryConfig.class)
        .withMapping(AuthConfig.class)
        .withValidateUnknown(false)
        .build();
  }
}
