package dev.glance.api.keymanager;

import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.headers.Personas;
import dev.glance.api.keymanager.FakeBarbican.Call;
import dev.glance.api.keymanager.FakeBarbican.Mood;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to the key of an encrypted image that is deleted, over HTTP. */
@QuarkusTest
@TestProfile(KeyDeletionTest.WithAKeyManager.class)
class KeyDeletionTest {
  private static final FakeBarbican barbican = new FakeBarbican();
  private static final String TOKEN = "gAAAAABtoken-of-the-caller";

  /** Anybody may call, and the key manager is the one above. */
  public static class WithAKeyManager implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>(new Personas().getConfigOverrides());
      settings.put("glance.api.key-manager.url", barbican.url() + "/");
      settings.put("glance.api.key-manager.timeout", "1s");
      return settings;
    }
  }

  private final KeyManagerLog log = new KeyManagerLog();
  private final String project = UUID.randomUUID().toString();
  private final String key = UUID.randomUUID().toString();

  @BeforeEach
  void begin() {
    barbican.reset();
    log.open();
  }

  @AfterEach
  void end() {
    log.close();
  }

  @AfterAll
  static void stop() {
    barbican.close();
  }

  @Test
  void theKeyIsDeletedAsTheCallerOnceTheImageIsGone() {
    String id = image("on_image_deletion", key);
    AtomicInteger shown = new AtomicInteger();
    barbican.whenAsked = () -> shown.set(member(project).get("/v2/images/" + id).statusCode());

    caller()
        .header("X-OpenStack-Request-ID", "req-of-nova")
        .delete(path(id))
        .then()
        .statusCode(204);

    assertThat(barbican.calls)
        .containsExactly(new Call("DELETE /v1/secrets/" + key, TOKEN, "req-of-nova"));
    assertThat(shown).as("the image, when the key manager was asked").hasValue(404);
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  void aKeyThatIsGoneAlreadyIsFine() {
    barbican.status = 404;
    String id = image("on_image_deletion", key);

    caller().delete(path(id)).then().statusCode(204);

    assertThat(barbican.calls).hasSize(1);
    assertThat(log.warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"do_not_delete", "none"})
  void theKeyStaysUnlessThePolicyAsksForItsDeletion(String policy) {
    String id = image(policy.equals("none") ? null : policy, key);

    caller().delete(path(id)).then().statusCode(204);

    assertThat(barbican.calls).isEmpty();
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  void anImageWithoutAKeyNeedsNoKeyManager() {
    String id = image("on_image_deletion", null);

    caller().delete(path(id)).then().statusCode(204);

    assertThat(barbican.calls).isEmpty();
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  void theKeyOfAnImageThatIsNotDeletedStays() {
    String id = image("on_image_deletion", key);
    RequestSpecification stranger = member("stranger").header("X-Auth-Token", TOKEN);
    RequestSpecification reader = as(project, "reader").header("X-Auth-Token", TOKEN);

    stranger.delete(path(id)).then().statusCode(404);
    reader.delete(path(id)).then().statusCode(403);
    caller().header("If-Match", "\"other\"").delete(path(id)).then().statusCode(412);
    caller().body("{}").delete(path(id)).then().statusCode(400);
    change(id, "[{\"op\": \"replace\", \"path\": \"/protected\", \"value\": true}]");
    caller().delete(path(id)).then().statusCode(403);

    assertThat(barbican.calls).isEmpty();
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  void theKeyIsDeletedOnlyWithTheImage() {
    String id = image("on_image_deletion", key);
    caller().delete(path(id)).then().statusCode(204);

    caller().delete(path(id)).then().statusCode(404);

    assertThat(barbican.calls).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"200", "301", "401", "403", "500", "503"})
  void aRefusalIsLoggedAndTheImageIsGone(int status) {
    barbican.status = status;
    String id = image("on_image_deletion", key);

    caller().delete(path(id)).then().statusCode(204);

    member(project).get(path(id)).then().statusCode(404);
    assertThat(barbican.calls).as("redirects are not followed").hasSize(1);
    assertThat(log.onlyWarning()).contains(id, key, "answered " + status).doesNotContain(TOKEN);
  }

  @Test
  void aKeyManagerThatHangsUpIsLogged() {
    barbican.mood = Mood.RUDE;
    String id = image("on_image_deletion", key);

    caller().delete(path(id)).then().statusCode(204);

    assertThat(log.onlyWarning()).contains(id, key, "IOException").doesNotContain(TOKEN);
  }

  @ParameterizedTest
  @EnumSource(names = {"SILENT", "ENDLESS"})
  void aSlowKeyManagerDelaysTheAnswerByItsTimeoutAtMost(Mood mood) {
    barbican.mood = mood;
    String id = image("on_image_deletion", key);
    Instant start = Instant.now();

    caller().delete(path(id)).then().statusCode(204);

    assertThat(Duration.between(start, Instant.now()))
        .isBetween(Duration.ofSeconds(1), Duration.ofMillis(2500));
    member(project).get(path(id)).then().statusCode(404);
    assertThat(log.onlyWarning()).contains(id, key, "within 1000 ms").doesNotContain(TOKEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../containers/7d2a8f0e-4c66-4b0f-9d4e-5a3c1b2e6f70",
        "7d2a8f0e-4c66-4b0f-9d4e-5a3c1b2e6f70/acl",
        "7d2a8f0e-4c66-4b0f-9d4e-5a3c1b2e6f70?x",
        "key\n2026-01-01 forged line",
        "",
      })
  void whatIsNoKeysIdIsNotSent(String odd) {
    String id = image("on_image_deletion", odd);

    caller().delete(path(id)).then().statusCode(204);

    assertThat(barbican.calls).isEmpty();
    assertThat(log.onlyWarning()).contains(id, "UUID").doesNotContain("\n");
  }

  @Test
  void withoutATokenNothingIsSent() {
    String id = image("on_image_deletion", key);

    member(project).delete(path(id)).then().statusCode(204);

    assertThat(barbican.calls).isEmpty();
    assertThat(log.onlyWarning()).contains(id, key, "no Keystone token");
  }

  @Test
  void aRequestIdThatCannotBeSentOnIsLeftOut() {
    String id = image("on_image_deletion", key);

    caller().header("X-OpenStack-Request-ID", "req id").delete(path(id)).then().statusCode(204);

    assertThat(barbican.calls).containsExactly(new Call("DELETE /v1/secrets/" + key, TOKEN, null));
  }

  private RequestSpecification caller() {
    return member(project).header("X-Auth-Token", TOKEN);
  }

  private String image(@Nullable String policy, @Nullable String key) {
    Map<String, String> body = new HashMap<>();
    if (policy != null) {
      body.put("cinder_encryption_key_deletion_policy", policy);
    }
    if (key != null) {
      body.put("cinder_encryption_key_id", key);
    }
    return member(project)
        .body(body)
        .post("/v2/images")
        .then()
        .statusCode(201)
        .extract()
        .path("id");
  }

  private void change(String id, String patch) {
    member(project)
        .contentType("application/openstack-images-v2.1-json-patch")
        .body(patch.getBytes(StandardCharsets.UTF_8))
        .patch(path(id))
        .then()
        .statusCode(200);
  }

  private static String path(String id) {
    return "/v2/images/" + id;
  }
}
