package dev.glance.api.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.UserToken;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Visibility;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings of the key manager, and those that lead to none. */
class KeyManagerTest {
  private static final String KEY = "7d2a8f0e-4c66-4b0f-9d4e-5a3c1b2e6f70";
  private static final UserToken TOKEN = UserToken.of("gAAAAABtoken").orElseThrow();

  private final KeyManagerLog log = new KeyManagerLog();

  @BeforeEach
  void listen() {
    log.open();
  }

  @AfterEach
  void stopListening() {
    log.close();
  }

  @Test
  void defaults() {
    KeyManagerConfig config = config(Map.of());

    assertThat(config.url()).isEmpty();
    assertThat(config.timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.caFile()).isEmpty();
    assertThat(KeyManagerConfig.findings(config)).isEmpty();
  }

  @Test
  void explicitNames() {
    KeyManagerConfig config =
        config(
            Map.of(
                "glance.api.key-manager.url", "https://barbican:9311",
                "glance.api.key-manager.timeout", "2s",
                "glance.api.key-manager.ca-file", "/etc/ca.pem"));

    assertThat(config.url()).contains(URI.create("https://barbican:9311"));
    assertThat(config.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.caFile()).contains(Path.of("/etc/ca.pem"));
  }

  @ParameterizedTest
  @CsvSource({
    "url, barbican:9311",
    "url, http:/v1",
    "url, http://barbican?x=/",
    "timeout, 0s",
    "ca-file, /nowhere/ca.pem"
  })
  void whatMakesNoSenseIsNamed(String key, String value) {
    String name = "glance.api.key-manager." + key;

    assertThat(KeyManagerConfig.findings(config(Map.of(name, value))))
        .singleElement()
        .asString()
        .contains(name);
  }

  @Test
  void aFileWithoutCertificatesIsNamed(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("ca.pem"), "no certificate");

    assertThat(
            KeyManagerConfig.findings(
                config(Map.of("glance.api.key-manager.ca-file", file.toString()))))
        .singleElement()
        .asString()
        .contains("glance.api.key-manager.ca-file", file.toString());
  }

  @Test
  void withoutAKeyManagerTheKeyThatIsLeftIsLogged() {
    new KeyManager(config(Map.of())).deleteKeyOf(image(), TOKEN);

    assertThat(log.onlyWarning()).contains("image-1", KEY, "glance.api.key-manager.url");
  }

  @Test
  void aKeyManagerThatIsDownIsLogged() {
    String url;
    try (FakeBarbican barbican = new FakeBarbican()) {
      url = barbican.url().toString();
    }

    new KeyManager(config(Map.of("glance.api.key-manager.url", url))).deleteKeyOf(image(), TOKEN);

    assertThat(log.onlyWarning())
        .contains("image-1", KEY, "ConnectException")
        .doesNotContain(TOKEN.value());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "/v1", "/v1/"})
  void theUrlMayNameTheVersion(String end) {
    try (FakeBarbican barbican = new FakeBarbican()) {
      String url = barbican.url() + "/key-manager" + end;

      new KeyManager(config(Map.of("glance.api.key-manager.url", url))).deleteKeyOf(image(), TOKEN);

      assertThat(barbican.calls)
          .singleElement()
          .extracting(FakeBarbican.Call::line)
          .isEqualTo("DELETE /key-manager/v1/secrets/" + KEY);
    }
  }

  @Test
  void aTokenDoesNotPrint() {
    assertThat(TOKEN.toString()).doesNotContain(TOKEN.value());
  }

  private static KeyManagerConfig config(Map<String, String> settings) {
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withMapping(KeyManagerConfig.class)
        .withSources(new PropertiesConfigSource(settings, "test", 100))
        .build()
        .getConfigMapping(KeyManagerConfig.class);
  }

  private static Image image() {
    return new Image(
        "image-1",
        null,
        ImageStatus.ACTIVE,
        Visibility.PRIVATE,
        false,
        false,
        "project",
        List.of(),
        0,
        0,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        Instant.EPOCH,
        Instant.EPOCH,
        Map.of(
            "cinder_encryption_key_id",
            KEY,
            "cinder_encryption_key_deletion_policy",
            "on_image_deletion"),
        List.of(),
        1);
  }
}
