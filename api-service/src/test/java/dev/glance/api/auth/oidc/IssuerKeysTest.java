package dev.glance.api.auth.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.UnresolvableKeyException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the issuer is asked for its keys, and what an issuer that does not answer means. */
class IssuerKeysTest {
  private final LocalIssuer issuer = new LocalIssuer();
  private final IssuerKeys keys = keys(Map.of());

  @AfterEach
  void stop() {
    keys.close();
    issuer.close();
  }

  @Test
  void keysAreReadOnceHoweverManyAsk() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Object>> askers =
          Stream.<Callable<Object>>generate(() -> () -> resolve(keys, issuer.rsa))
              .limit(50)
              .toList();
      for (Future<Object> asked : threads.invokeAll(askers)) {
        assertThat(asked.get()).isEqualTo(issuer.rsa.getPublicKey());
      }
    }
    assertThat(issuer.keyRequests).hasValue(1);
  }

  @Test
  void anIssuerOutOfReachIsToldApartFromAnUnknownKey() {
    issuer.answerWith(500);
    assertUnavailable(keys);
  }

  @Test
  void keysKnownGoOnWithoutTheIssuer() throws Exception {
    IssuerKeys impatient = keys(Map.of("glance.auth.oidc.keys-max-age", "1ms"));
    resolve(impatient, issuer.rsa);
    issuer.answerWith(503);
    Thread.sleep(IssuerKeys.MIN_INTERVAL.plusMillis(100));

    assertThat(resolve(impatient, issuer.rsa)).isEqualTo(issuer.rsa.getPublicKey());
    assertThatThrownBy(() -> resolve(impatient, LocalIssuer.rsa("new")))
        .isInstanceOf(GlanceException.class);
    impatient.close();
  }

  @Test
  void aNewKeyIsFoundOnceTheIssuerMayBeAskedAgain() throws Exception {
    resolve(keys, issuer.rsa);
    PublicJsonWebKey next = LocalIssuer.rsa("rsa-2");
    issuer.publish(issuer.rsa, next);
    assertThatThrownBy(() -> resolve(keys, next)).isInstanceOf(UnresolvableKeyException.class);
    Thread.sleep(IssuerKeys.MIN_INTERVAL.plusMillis(100));

    assertThat(resolve(keys, next)).isEqualTo(next.getPublicKey());
  }

  @Test
  void anAddressOfKeysNeedsNoDiscovery() throws Exception {
    IssuerKeys direct =
        keys(
            Map.of(
                "glance.auth.oidc.issuer",
                "http://127.0.0.1:1",
                "glance.auth.oidc.jwks-url",
                issuer.url() + "/keys"));

    assertThat(resolve(direct, issuer.ec)).isEqualTo(issuer.ec.getPublicKey());
    direct.close();
  }

  @Test
  void aDiscoveryDocumentOfAnotherIssuerIsNotBelieved() {
    IssuerKeys other = keys(Map.of("glance.auth.oidc.issuer", issuer.url() + "/"));
    assertUnavailable(other);
    other.close();
  }

  private void assertUnavailable(IssuerKeys keys) {
    assertThatThrownBy(() -> resolve(keys, issuer.rsa))
        .isInstanceOfSatisfying(
            GlanceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.IDENTITY_UNAVAILABLE));
  }

  private static Object resolve(IssuerKeys keys, PublicJsonWebKey key) throws Exception {
    JsonWebSignature token = new JsonWebSignature();
    token.setAlgorithmHeaderValue(
        key.getKeyType().equals("EC")
            ? AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256
            : AlgorithmIdentifiers.RSA_USING_SHA256);
    token.setKeyIdHeaderValue(key.getKeyId());
    return keys.resolveKey(token, List.of());
  }

  private IssuerKeys keys(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.putIfAbsent("glance.auth.oidc.issuer", issuer.url());
    return new IssuerKeys(
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withSources(new PropertiesConfigSource(all, "test", 100))
            .withMapping(OidcConfig.class)
            .build()
            .getConfigMapping(OidcConfig.class));
  }
}
