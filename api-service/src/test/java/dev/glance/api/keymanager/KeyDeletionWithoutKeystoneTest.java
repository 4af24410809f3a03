package dev.glance.api.keymanager;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In the mode {@code none} a header that nobody has looked at is no token. */
@QuarkusTest
@TestProfile(KeyDeletionWithoutKeystoneTest.WithAKeyManager.class)
class KeyDeletionWithoutKeystoneTest {
  private static final FakeBarbican barbican = new FakeBarbican();

  /** Everyone is admin, and the key manager is the one above. */
  public static class WithAKeyManager implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("glance.api.key-manager.url", barbican.url() + "/v1");
    }
  }

  private final KeyManagerLog log = new KeyManagerLog();

  @BeforeEach
  void listen() {
    log.open();
  }

  @AfterEach
  void stopListening() {
    log.close();
  }

  @AfterAll
  static void stop() {
    barbican.close();
  }

  @Test
  void nothingIsSent() {
    String key = UUID.randomUUID().toString();
    String id =
        given()
            .contentType(ContentType.JSON)
            .body(
                Map.of(
                    "cinder_encryption_key_id",
                    key,
                    "cinder_encryption_key_deletion_policy",
                    "on_image_deletion"))
            .post("/v2/images")
            .then()
            .statusCode(201)
            .extract()
            .path("id");

    given().header("X-Auth-Token", "some").delete("/v2/images/" + id).then().statusCode(204);

    assertThat(barbican.calls).isEmpty();
    assertThat(log.onlyWarning()).contains(id, key, "no Keystone token");
  }
}
