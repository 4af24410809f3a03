package dev.glance.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartupChecksTest {
  private static final Map<String, String> NOTHING = Map.of();

  @TempDir Path temp;

  @Test
  void defaults() {
    RegistryConfig config = config(Map.of("glance.registry.token", "secret"), NOTHING);

    assertThat(config.listenHost()).isEqualTo("127.0.0.1");
    assertThat(config.listenPort()).isEqualTo(9191);
    assertThat(config.dataDir()).isEqualTo(Path.of("var"));
    assertThat(config.token()).contains("secret");
    assertThat(config.tokenFile()).isEmpty();
    assertThat(config.lease()).isEqualTo(Duration.ofSeconds(15));
    assertThat(config.database().url()).isEmpty();
    assertThat(config.database().username()).isEmpty();
    assertThat(config.database().password()).isEmpty();
    assertThat(config.database().passwordFile()).isEmpty();
    assertThat(config.database().maxConnections()).isEqualTo(16);
  }

  @Test
  void explicitNames() throws Exception {
    Path token = Files.writeString(temp.resolve("token"), "from file\n");
    Path password = Files.writeString(temp.resolve("password"), "pw\n");
    RegistryConfig config =
        config(
            Map.ofEntries(
                Map.entry("glance.registry.listen-host", "0.0.0.0"),
                Map.entry("glance.registry.listen-port", "19191"),
                Map.entry("glance.registry.data-dir", "/srv/glance"),
                Map.entry("glance.registry.token-file", token.toString()),
                Map.entry("glance.registry.lease", "5s"),
                Map.entry("glance.registry.database.url", "jdbc:postgresql://db/glance"),
                Map.entry("glance.registry.database.username", "glance"),
                Map.entry("glance.registry.database.password-file", password.toString()),
                Map.entry("glance.registry.database.max-connections", "4")),
            NOTHING);

    assertThat(config.listenHost()).isEqualTo("0.0.0.0");
    assertThat(config.listenPort()).isEqualTo(19191);
    assertThat(config.dataDir()).isEqualTo(Path.of("/srv/glance"));
    assertThat(config.lease()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.database().url()).contains("jdbc:postgresql://db/glance");
    assertThat(config.database().username()).contains("glance");
    assertThat(config.database().maxConnections()).isEqualTo(4);
    assertThat(StartupChecks.secret(config.token(), config.tokenFile())).contains("from file");
    assertThat(StartupChecks.secret(config.database().password(), config.database().passwordFile()))
        .contains("pw");
  }

  @Test
  void environmentVariablesAreSettings() {
    RegistryConfig config =
        config(
            NOTHING,
            Map.of(
                "GLANCE_REGISTRY_TOKEN", "secret",
                "GLANCE_REGISTRY_LISTEN_PORT", "19192",
                "GLANCE_REGISTRY_DATABASE_URL", "jdbc:postgresql://db/glance"));

    assertThat(config.token()).contains("secret");
    assertThat(config.listenPort()).isEqualTo(19192);
    assertThat(config.database().url()).contains("jdbc:postgresql://db/glance");
  }

  @Test
  void everythingWrongIsSaidAtOnce() {
    List<String> problems =
        problems(
            Map.of(
                "glance.registry.databse.url", "jdbc:postgresql://db/glance",
                "glance.registry.lease", "1h",
                "glance.registry.listen-port", "70000",
                "glance.registry.database.username", "glance",
                "glance.registry.database.password-file", "no/such/file"),
            Map.of("GLANCE_REGISTRY_TOKN", "secret"));

    assertThat(problems)
        .anySatisfy(
            p -> assertThat(p).isEqualTo("There is no setting glance.registry.databse.url."))
        .anySatisfy(p -> assertThat(p).contains("GLANCE_REGISTRY_TOKN"))
        .anySatisfy(p -> assertThat(p).contains("Neither glance.registry.token nor"))
        .anySatisfy(p -> assertThat(p).contains("glance.registry.lease"))
        .anySatisfy(p -> assertThat(p).contains("glance.registry.listen-port"))
        .anySatisfy(p -> assertThat(p).contains("glance.registry.database.username"))
        .anySatisfy(p -> assertThat(p).contains("cannot be read: no/such/file"))
        .allSatisfy(p -> assertThat(p).endsWith(".").doesNotContain("Exception", "SRCFG", "\n"));
  }

  @Test
  void valuesOfTheWrongTypeAreNamed() {
    assertThat(
            problems(
                Map.of(
                    "glance.registry.token", "x",
                    "glance.registry.listen-port", "http",
                    "glance.registry.lease", "soon"),
                NOTHING))
        .hasSize(2)
        .anySatisfy(p -> assertThat(p).contains("glance.registry.listen-port", "http"))
        .anySatisfy(p -> assertThat(p).contains("glance.registry.lease", "soon"));
  }

  @Test
  void contradictionsAreNamed() {
    assertThat(
            problems(
                Map.of(
                    "glance.registry.token", "x",
                    "glance.registry.token-file", "y",
                    "glance.registry.database.url", "jdbc:mysql://db/glance"),
                NOTHING))
        .hasSize(2)
        .anySatisfy(p -> assertThat(p).contains("Both glance.registry.token and"))
        .anySatisfy(p -> assertThat(p).contains("must start with jdbc:postgresql:"));
  }

  @Test
  void whatBelongsToOthersIsLeftAlone() {
    assertThat(
            problems(
                Map.of(
                    "glance.registry.token", "x",
                    "glance.api.listen-port", "9292",
                    "glance.stores.fast.type", "file",
                    "quarkus.http.port", "1"),
                Map.of(
                    "GLANCE_API_LISTEN_PORT", "9292",
                    "GLANCE_AUTH_MODE", "none",
                    "GLANCE_STORES_FAST_TYPE", "file")))
        .isEmpty();
  }

  @Test
  void kubernetesServiceLinksAreLeftAlone() {
    Map<String, String> links = new HashMap<>();
    links.put("GLANCE_REGISTRY_SERVICE_HOST", "10.0.0.1");
    links.put("GLANCE_REGISTRY_SERVICE_PORT", "9191");
    links.put("GLANCE_REGISTRY_SERVICE_PORT_HTTP", "9191");
    links.put("GLANCE_REGISTRY_PORT", "tcp://10.0.0.1:9191");
    links.put("GLANCE_REGISTRY_PORT_9191_TCP", "tcp://10.0.0.1:9191");
    links.put("GLANCE_REGISTRY_PORT_9191_TCP_PROTO", "tcp");
    links.put("GLANCE_REGISTRY_PORT_9191_TCP_PORT", "9191");
    links.put("GLANCE_REGISTRY_PORT_9191_TCP_ADDR", "10.0.0.1");
    links.put("GLANCE_API_PORT", "tcp://10.0.0.2:9292");
    assertThat(problems(Map.of("glance.registry.token", "x"), links)).isEmpty();

    assertThat(
            problems(
                Map.of("glance.registry.token", "x"), Map.of("GLANCE_REGISTRY_LISTN_PORT", "9191")))
        .singleElement()
        .asString()
        .contains("GLANCE_REGISTRY_LISTN_PORT");
  }

  private static List<String> problems(
      Map<String, String> properties, Map<String, String> environment) {
    return check(properties, environment).problems();
  }

  private static RegistryConfig config(
      Map<String, String> properties, Map<String, String> environment) {
    StartupChecks.Findings findings = check(properties, environment);
    assertThat(findings.problems()).isEmpty();
    return Optional.of(findings).flatMap(StartupChecks.Findings::config).orElseThrow();
  }

  private static StartupChecks.Findings check(
      Map<String, String> properties, Map<String, String> environment) {
    return StartupChecks.check(
        new SmallRyeConfigBuilder()
            .withSources(
                new PropertiesConfigSource(properties, "test file", 100),
                new EnvConfigSource(environment, 300)),
        environment);
  }
}
