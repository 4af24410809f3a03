package dev.glance.api.auth.keystone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The service's own standing with Keystone, and what it makes of a Keystone that is not well. */
class KeystoneClientTest {
  private static final Vertx VERTX = Vertx.vertx();

  @AutoClose private final FakeKeystone keystone = new FakeKeystone(VERTX, new HttpServerOptions());
  private final KeystoneClient client = client(Map.of());

  @AfterEach
  void closeClient() {
    client.close();
  }

  @AfterAll
  static void closeVertx() {
    join(VERTX.close());
  }

  @Test
  void oneLoginServesManyCalls() {
    List<Future<Optional<ValidToken>>> calls =
        IntStream.range(0, 50).mapToObj(i -> client.validate("good-" + i, false)).toList();

    assertThat(calls).allSatisfy(call -> assertThat(join(call)).isPresent());
    assertThat(keystone.logins).hasValue(1);
    assertThat(keystone.lastLogin)
        .isEqualTo(
            new JsonObject(
                    """
                    {"auth": {"identity": {"methods": ["password"], "password": {"user":
                      {"name": "glance", "domain": {"name": "Default"}, "password": "of-mine"}}},
                      "scope": {"project": {"name": "service", "domain": {"name": "Default"}}}}}
                    """)
                .encode());
  }

  @Test
  void aTokenOfItsOwnThatIsForgottenIsReplacedOnce() {
    join(client.validate("good", false));
    keystone.forgetful.set(1);

    assertThat(join(client.validate("good", false))).isPresent();
    assertThat(keystone.logins).hasValue(2);

    keystone.forgetful.set(2);
    assertUnavailable(client.validate("good", false));
    assertThat(join(client.validate("good", false))).isPresent();
  }

  @Test
  void aTokenOfItsOwnIsRenewedBeforeItsEnd() throws InterruptedException {
    keystone.ownTokenLife = Duration.ofSeconds(1);
    join(client.validate("good", false));

    Thread.sleep(600);

    join(client.validate("good", false));
    assertThat(keystone.logins).hasValue(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 408, 429, 500, 502, 503})
  void anIllKeystoneIsUnavailable(int status) {
    join(client.validate("good", false));
    keystone.illness = status;

    assertUnavailable(client.validate("good", false));
    assertUnavailable(client.get("/limits"));
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 413, 414, 431})
  void aTokenThatKeystoneOrItsProxyDoesNotTakeIsUnknown(int status) {
    join(client.validate("good", false));
    keystone.illness = status;

    assertThat(join(client.validate("good", false))).isEmpty();
  }

  @Test
  void refusedCredentialsAreOurFaultNotTheCallers() {
    keystone.illness = 401;

    assertUnavailable(client.validate("good", false));

    keystone.illness = 0;
    assertThat(join(client.validate("good", false))).isPresent();
  }

  @Test
  void aSilentKeystoneIsUnavailableWithinTheTimeout() {
    keystone.isSilent = true;
    KeystoneClient hasty = client(Map.of("timeout", "300ms"));

    long begun = System.nanoTime();
    assertUnavailable(hasty.validate("good", false));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
    hasty.close();
  }

  @Test
  void anyDocumentIsReadWithTheOwnToken() {
    assertThat(join(client.get("/limits?service_id=a")))
        .isEqualTo(new JsonObject().put("path", "/v3/limits?service_id=a"));
  }

  @Test
  void theUrlMayEndInItsVersionOrNot() {
    for (String end : List.of("", "/", "/v3", "/v3/")) {
      KeystoneClient other = client(Map.of("url", "http://127.0.0.1:" + keystone.port() + end));
      assertThat(join(other.validate("good", false))).isPresent();
      other.close();
    }
  }

  @Test
  void thePasswordMayBeInAFile(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "from-a-file\n");
    Map<String, String> settings = new HashMap<>(Map.of("password-file", file.toString()));
    settings.put("password", "");
    settings.put("project-name", "");
    settings.put("system-scope", "all");
    KeystoneClient other = client(settings);

    join(other.validate("good", false));

    assertThat(keystone.lastLogin)
        .contains("\"password\":\"from-a-file\"", "\"scope\":{\"system\":{\"all\":true}}");
    other.close();
  }

  @Test
  void certificatesAreChecked(@TempDir Path folder) throws Exception {
    Path key = folder.resolve("key.pem");
    Path certificate = folder.resolve("certificate.pem");
    Process openssl =
        new ProcessBuilder(
                ("openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1"
                        + " -addext subjectAltName=IP:127.0.0.1 -keyout "
                        + key
                        + " -out "
                        + certificate)
                    .split(" "))
            .redirectErrorStream(true)
            .start();
    String output = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(openssl.waitFor()).as(output).isZero();
    HttpServerOptions tls =
        new HttpServerOptions()
            .setSsl(true)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .addKeyPath(key.toString())
                    .addCertPath(certificate.toString()));
    try (FakeKeystone secure = new FakeKeystone(VERTX, tls)) {
      String url = "https://127.0.0.1:" + secure.port();
      KeystoneClient strict = client(Map.of("url", url));
      KeystoneClient informed = client(Map.of("url", url, "ca-file", certificate.toString()));
      KeystoneClient careless = client(Map.of("url", url, "insecure", "true"));

      assertUnavailable(strict.validate("good", false));
      assertThat(join(informed.validate("good", false))).isPresent();
      assertThat(join(careless.validate("good", false))).isPresent();
      List.of(strict, informed, careless).forEach(KeystoneClient::close);
    }
  }

  private KeystoneClient client(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("url", "http://127.0.0.1:" + keystone.port() + "/v3");
    settings.put("username", "glance");
    settings.put("password", "of-mine");
    settings.put("project-name", "service");
    // The first TLS handshake of a JVM takes its time on a busy machine.
    settings.put("timeout", "20s");
    settings.putAll(more);
    return new KeystoneClient(VERTX, config(settings));
  }

  static KeystoneConfig config(Map<String, String> settings) {
    Map<String, String> named = new HashMap<>();
    settings.forEach((key, value) -> named.put("glance.auth.keystone." + key, value));
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .addDiscoveredConverters()
        .withSources(new PropertiesConfigSource(named, "test", 100))
        .withMapping(KeystoneConfig.class)
        .build()
        .getConfigMapping(KeystoneConfig.class);
  }

  private static <T> T join(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  private static void assertUnavailable(Future<?> future) {
    assertThatThrownBy(() -> join(future))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            GlanceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.IDENTITY_UNAVAILABLE);
              assertThat(e.getCause() + e.message()).doesNotContain("of-mine", "good", "own-");
            });
  }
}
