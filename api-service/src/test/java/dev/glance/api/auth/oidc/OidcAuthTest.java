package dev.glance.api.auth.oidc;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Callers known by tokens of an issuer, over HTTP. */
@QuarkusTest
@TestProfile(OidcAuthTest.WithAnIssuer.class)
class OidcAuthTest {
  private static final LocalIssuer issuer = new LocalIssuer();

  /** The issuer above, by its discovery document. */
  public static class WithAnIssuer implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "glance.auth.mode", "oidc",
          "glance.auth.oidc.issuer", issuer.url(),
          "glance.auth.oidc.audience", "glance,other");
    }
  }

  @AfterAll
  static void stop() {
    issuer.close();
  }

  @Test
  void aTokenSaysWhoIsCalling() {
    create(issuer.token(issuer.claims())).statusCode(201).body("owner", equalTo("lab"));
  }

  @Test
  void soItDoesAsOpenStackClientsShowIt() {
    given()
        .header("X-Auth-Token", issuer.token(issuer.claims()))
        .get("/v2/images")
        .then()
        .statusCode(200);
  }

  @Test
  void otherAlgorithmsOfTheIssuersKeysAreGood() {
    list(LocalIssuer.sign(
            issuer.claims(), issuer.ec, AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256))
        .statusCode(200);
    list(LocalIssuer.sign(issuer.claims(), issuer.rsa, AlgorithmIdentifiers.RSA_PSS_USING_SHA512))
        .statusCode(200);
  }

  @Test
  void aTokenWithoutProjectIsKnownButMayDoNothing() {
    JwtClaims claims = issuer.claims();
    claims.unsetClaim("project_id");
    claims.setClaim("realm_access", Map.of("roles", "reader"));
    create(issuer.token(claims)).statusCode(403);
  }

  static Stream<Arguments> badClaims() {
    return Stream.of(
        bad("another issuer", claims -> claims.setIssuer("http://127.0.0.1:1")),
        bad("no issuer", claims -> claims.unsetClaim("iss")),
        bad("another audience", claims -> claims.setAudience("account")),
        bad("no audience", claims -> claims.unsetClaim("aud")),
        bad(
            "expired",
            claims -> {
              claims.setIssuedAt(inSeconds(-100));
              claims.setExpirationTime(inSeconds(-31));
            }),
        bad("no expiry", claims -> claims.unsetClaim("exp")),
        bad("not yet", claims -> claims.setNotBefore(inSeconds(60))),
        bad("no subject", claims -> claims.unsetClaim("sub")),
        bad("an expiry that is no time", claims -> claims.setClaim("exp", "tomorrow")));
  }

  private static Arguments bad(String name, Consumer<JwtClaims> change) {
    return Arguments.of(name, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badClaims")
  void aTokenThatIsNotForUsNowIsRefused(String name, Consumer<JwtClaims> change) {
    JwtClaims claims = issuer.claims();
    change.accept(claims);
    refused(issuer.token(claims));
  }

  @Test
  void clocksMayDifferALittle() {
    JwtClaims claims = issuer.claims();
    claims.setIssuedAt(inSeconds(-100));
    claims.setExpirationTime(inSeconds(-10));
    list(issuer.token(claims)).statusCode(200);
    claims = issuer.claims();
    claims.setNotBefore(inSeconds(20));
    list(issuer.token(claims)).statusCode(200);
  }

  static Stream<Arguments> damage() {
    return Stream.of(
        damaged("truncated", token -> token.substring(0, token.length() - 20)),
        damaged("no signature", token -> token.substring(0, token.lastIndexOf('.') + 1)),
        damaged("no payload", token -> token.substring(0, token.indexOf('.'))),
        damaged(
            "another payload",
            token -> token.replaceFirst("\\.[^.]+\\.", "." + base64("{\"sub\":\"root\"}") + ".")),
        damaged("not base64", token -> "!!!" + token),
        damaged("not JSON", _ -> base64("hello") + "." + base64("hello") + "." + base64("hello")),
        damaged("empty parts", _ -> ".."),
        damaged("not ASCII", _ -> "jürgen"),
        damaged("five parts, as if encrypted", token -> token + ".a.b"),
        damaged("17 KB", token -> token + "a".repeat(17_000)));
  }

  private static Arguments damaged(String name, UnaryOperator<String> damage) {
    return Arguments.of(name, damage);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damage")
  void aDamagedTokenIsRefused(String name, UnaryOperator<String> damage) {
    refused(damage.apply(issuer.token(issuer.claims())));
  }

  @Test
  void algorithmsThatAnyoneCanUseAreRefused() throws Exception {
    JsonWebSignature none = new JsonWebSignature();
    none.setPayload(issuer.claims().toJson());
    none.setAlgorithmHeaderValue(AlgorithmIdentifiers.NONE);
    none.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
    refused(LocalIssuer.serialized(none));

    // The old trick: the public key, which everyone has, as the secret of an HMAC.
    JsonWebSignature hmac = new JsonWebSignature();
    hmac.setPayload(issuer.claims().toJson());
    hmac.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
    hmac.setKeyIdHeaderValue(issuer.rsa.getKeyId());
    hmac.setKey(new HmacKey(issuer.rsa.getPublicKey().getEncoded()));
    refused(LocalIssuer.serialized(hmac));
  }

  @Test
  void anotherKeyOfTheSameNameIsRefused() {
    refused(
        LocalIssuer.sign(
            issuer.claims(), LocalIssuer.rsa("rsa-1"), AlgorithmIdentifiers.RSA_USING_SHA256));
  }

  @Test
  void keysThatNobodyKnowsDoNotFloodTheIssuer() {
    list(issuer.token(issuer.claims())).statusCode(200);
    int before = issuer.keyRequests.get();
    for (int i = 0; i < 20; i++) {
      refused(
          LocalIssuer.sign(
              issuer.claims(), renamed("made-up-" + i), AlgorithmIdentifiers.RSA_USING_SHA256));
    }
    assertThat(issuer.keyRequests.get() - before).isLessThanOrEqualTo(2);
  }

  @Test
  void withoutATokenTheChallengeIsPlain() {
    given()
        .get("/v2/images")
        .then()
        .statusCode(401)
        .header("WWW-Authenticate", equalTo("Bearer realm=\"glance\""));
    given().header("Authorization", "Basic YTpi").get("/v2/images").then().statusCode(401);
    given().header("X-Roles", "admin").get("/v2/images").then().statusCode(401);
  }

  private static org.jose4j.jwk.PublicJsonWebKey renamed(String id) {
    try {
      org.jose4j.jwk.PublicJsonWebKey key =
          org.jose4j.jwk.PublicJsonWebKey.Factory.newPublicJwk(
              issuer.rsa.toParams(org.jose4j.jwk.JsonWebKey.OutputControlLevel.INCLUDE_PRIVATE));
      key.setKeyId(id);
      return key;
    } catch (org.jose4j.lang.JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  private static NumericDate inSeconds(long seconds) {
    NumericDate time = NumericDate.now();
    time.addSeconds(seconds);
    return time;
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void refused(String token) {
    list(token)
        .statusCode(401)
        .header("WWW-Authenticate", equalTo("Bearer realm=\"glance\", error=\"invalid_token\""));
  }

  private static ValidatableResponse list(String token) {
    return given().header("Authorization", "Bearer " + token).get("/v2/images").then();
  }

  private static ValidatableResponse create(String token) {
    return given()
        .header("Authorization", "Bearer " + token)
        .contentType(ContentType.JSON)
        .body("{\"name\": \"x\"}")
        .post("/v2/images")
        .then();
  }
}
