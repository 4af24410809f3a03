package dev.glance.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the service refuses to start with. */
class StartupChecksTest {
  @Test
  void theDefaultsWithATokenAreFine() {
    assertThat(problems(Map.of(), Map.of())).isEmpty();
  }

  @Test
  void everythingIsNamedAtOnce() {
    List<String> problems =
        problems(
            Map.of(
                "glance.api.frobnicate", "1",
                "glance.cache.size", "1",
                "glance.registry.whatever", "not ours",
                "glance.api.listen-host", "0.0.0.0",
                "glance.api.registry.token-file", "/nowhere/token",
                "glance.api.limit-param-default", "0"),
            Map.of("GLANCE_API_FOO", "1"));

    assertThat(problems)
        .hasSize(7)
        .anySatisfy(p -> assertThat(p).contains("glance.api.frobnicate"))
        .anySatisfy(p -> assertThat(p).contains("glance.cache.size"))
        .anySatisfy(p -> assertThat(p).contains("GLANCE_API_FOO"))
        .anySatisfy(p -> assertThat(p).contains("glance.auth.none.allow-remote"))
        .anySatisfy(p -> assertThat(p).contains("Both glance.api.registry.token and"))
        .anySatisfy(p -> assertThat(p).contains("/nowhere/token"))
        .anySatisfy(p -> assertThat(p).contains("glance.api.limit-param-default"));
  }

  @ParameterizedTest
  @CsvSource({
    "glance.auth.mode, kerberos",
    "glance.api.listen-port, many",
    "glance.api.listen-port, 70000",
    "glance.api.public-endpoint, example.org",
    "glance.api.registry.url, ftp://x",
    "glance.api.registry.timeout, soon",
    "glance.api.registry.timeout, 0s",
    "glance.api.registry.max-connections, 0",
    "glance.api.api-limit-max, 0",
    "glance.api.max-request-id-length, 0",
    "glance.api.upload.buffer-memory, 100G",
    "glance.api.hashing-algorithm, crc32",
    "glance.api.default-store, absent",
    "glance.stores.a.type, tape",
    "glance.stores.a.colour, red",
  })
  void aSettingThatMakesNoSenseIsNamed(String key, String value) {
    assertThat(problems(Map.of(key, value), Map.of()))
        .isNotEmpty()
        .allSatisfy(
            p ->
                assertThat(p)
                    .endsWith(".")
                    .contains("glance.")
                    .doesNotContain("SRCFG", "Exception:", "dev.glance"))
        .anySatisfy(p -> assertThat(p).contains(key));
  }

  @Test
  void everyoneAsAdminOnAnyAddressIsForThoseWhoInsist() {
    Map<String, String> settings = new HashMap<>();
    settings.put("glance.api.listen-host", "0.0.0.0");
    assertThat(problems(settings, Map.of())).hasSize(1);

    settings.put("glance.auth.none.allow-remote", "true");
    assertThat(problems(settings, Map.of())).isEmpty();

    for (String loopback : List.of("127.0.0.1", "127.1.2.3", "::1", "localhost")) {
      assertThat(problems(Map.of("glance.api.listen-host", loopback), Map.of())).isEmpty();
    }
  }

  @Test
  void identityHeadersNeedAProxyThatIsKnown() {
    assertThat(problems(Map.of("glance.auth.mode", "headers"), Map.of()))
        .singleElement()
        .asString()
        .contains("glance.auth.headers.trusted-peers", "glance.auth.headers.secret-file");
    assertThat(
            problems(
                Map.of(
                    "glance.auth.mode", "headers",
                    "glance.auth.headers.trusted-peers", "10.0.0.0/8,proxy.example.org",
                    "glance.auth.headers.secret", " ",
                    "glance.auth.headers.secret-file", "/nowhere/secret",
                    "glance.auth.headers.secret-header", "a b"),
                Map.of()))
        .hasSize(3)
        .anySatisfy(p -> assertThat(p).contains("proxy.example.org"))
        .anySatisfy(p -> assertThat(p).contains("Both glance.auth.headers.secret and"))
        .anySatisfy(p -> assertThat(p).contains("secret-header"));
    assertThat(
            problems(
                Map.of(
                    "glance.auth.mode", "headers",
                    "glance.api.listen-host", "0.0.0.0",
                    "glance.auth.headers.secret", "s"),
                Map.of()))
        .isEmpty();
  }

  @Test
  void keystoneNeedsAnAddressAndAnIdentity() {
    assertThat(problems(Map.of("glance.auth.mode", "keystone"), Map.of()))
        .hasSize(4)
        .anySatisfy(p -> assertThat(p).contains("glance.auth.keystone.url"))
        .anySatisfy(p -> assertThat(p).contains("glance.auth.keystone.username"))
        .anySatisfy(p -> assertThat(p).contains("glance.auth.keystone.password-file"))
        .anySatisfy(p -> assertThat(p).contains("glance.auth.keystone.project-name"));

    Map<String, String> settings = new HashMap<>();
    settings.put("glance.auth.mode", "keystone");
    settings.put("glance.auth.keystone.url", "http://keystone:5000");
    settings.put("glance.auth.keystone.username", "glance");
    settings.put("glance.auth.keystone.password", "secret-of-mine");
    settings.put("glance.auth.keystone.project-name", "service");
    settings.put("glance.api.listen-host", "0.0.0.0");
    assertThat(problems(settings, Map.of())).isEmpty();
  }

  @Test
  void keystonesContradictionsAreNamedWithoutTheSecret() {
    Map<String, String> settings = new HashMap<>();
    settings.put("glance.auth.mode", "keystone");
    settings.put("glance.auth.keystone.url", "keystone:5000");
    settings.put("glance.auth.keystone.username", "glance");
    settings.put("glance.auth.keystone.password", "secret-of-mine");
    settings.put("glance.auth.keystone.password-file", "/nowhere/password");
    settings.put("glance.auth.keystone.project-name", "service");
    settings.put("glance.auth.keystone.system-scope", "some");
    settings.put("glance.auth.keystone.token-cache-time", "-1s");
    settings.put("glance.auth.keystone.token-cache-size", "0");
    settings.put("glance.auth.keystone.timeout", "0s");
    settings.put("glance.auth.keystone.max-connections", "0");
    settings.put("glance.auth.keystone.ca-file", "/nowhere/ca.pem");
    settings.put("glance.auth.keystone.insecure", "true");

    List<String> problems = problems(settings, Map.of());

    assertThat(problems)
        .hasSize(11)
        .allSatisfy(p -> assertThat(p).endsWith(".").doesNotContain("secret-of-mine"));
    for (String key :
        List.of(
            "url",
            "password-file",
            "/nowhere/password",
            "project-name",
            "system-scope can only be all",
            "token-cache-time",
            "token-cache-size",
            "timeout",
            "max-connections",
            "/nowhere/ca.pem",
            "insecure")) {
      assertThat(problems).anySatisfy(p -> assertThat(p).contains(key));
    }
  }

  @Test
  void aFileStoreNeedsADirectory() {
    assertThat(problems(Map.of("glance.stores.a.type", "file"), Map.of()))
        .singleElement()
        .asString()
        .contains("glance.stores.a.file.directory");
  }

  @Test
  void aMissingTokenIsNamed() {
    assertThat(StartupChecks.problems(new SmallRyeConfigBuilder(), Map.of()))
        .singleElement()
        .asString()
        .contains("glance.api.registry.token-file");
  }

  @Test
  void storesHaveNamesOfTheOperatorsChoice() {
    assertThat(
            problems(
                Map.of(
                    "glance.stores.fast.type", "file",
                    "glance.stores.fast.file.directory", "/srv",
                    "glance.stores.\"a.b\".type", "memory",
                    "glance.api.default-store", "fast"),
                Map.of("GLANCE_STORES_FAST_WEIGHT", "3")))
        .isEmpty();
  }

  @Test
  void whatKubernetesInjectsAndOthersSetIsIgnored() {
    assertThat(
            problems(
                Map.of(),
                Map.of(
                    "GLANCE_API_PORT", "tcp://10.0.0.1:9292",
                    "GLANCE_API_SERVICE_HOST", "10.0.0.1",
                    "GLANCE_API_SERVICE_PORT", "9292",
                    "GLANCE_API_SERVICE_PORT_HTTP", "9292",
                    "GLANCE_API_PORT_9292_TCP", "tcp://10.0.0.1:9292",
                    "GLANCE_API_PORT_9292_TCP_PROTO", "tcp",
                    "GLANCE_API_PORT_9292_TCP_ADDR", "10.0.0.1",
                    "GLANCE_REGISTRY_PORT", "tcp://10.0.0.1:9191",
                    "GLANCE_REGISTRY_FOO", "1",
                    "GLANCE_TEST_REQUIRE_TOOLS", "1")))
        .isEmpty();
    assertThat(problems(Map.of(), Map.of("GLANCE_API_PORT", "9292"))).hasSize(1);
  }

  private static List<String> problems(
      Map<String, String> settings, Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("glance.api.registry.token", "secret");
    return StartupChecks.problems(
        new SmallRyeConfigBuilder()
            .withSources(
                new PropertiesConfigSource(all, "test", 100),
                new EnvConfigSource(environment, 300)),
        environment);
  }
}
