package dev.glance.api.policy;

import static dev.glance.api.auth.headers.Personas.admin;
import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.not;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Protected properties as clients meet them (API reference section 4.5). */
@QuarkusTest
@TestProfile(PropertyProtectionTest.Protected.class)
class PropertyProtectionTest {
  private final String project = UUID.randomUUID().toString();

  /** The settings of these tests. */
  public static final class Protected implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>(new Personas().getConfigOverrides());
      settings.put(
          "glance.api.property-protection-file", "src/test/resources/property-protections.conf");
      return settings;
    }
  }

  @Test
  void whoMayNotCreateAPropertyCannotCreateAnImageWithIt() {
    member(project)
        .body("{\"billing_code\": \"1\"}")
        .post("/v2/images")
        .then()
        .statusCode(403)
        .body(containsString("billing_code"));
    member(project).body("{\"nobodys\": \"1\"}").post("/v2/images").then().statusCode(403);
    admin().body("{\"nobodys\": \"1\"}").post("/v2/images").then().statusCode(403);
    as(project, "member,reader,Billing")
        .body("{\"billing_code\": \"1\", \"name\": \"base properties are free\"}")
        .post("/v2/images")
        .then()
        .statusCode(201);
  }

  @Test
  void whatMayNotBeReadIsLeftOutOfEveryAnswer() {
    String id = imageWithSecret();

    member(project)
        .get("/v2/images/" + id)
        .then()
        .body("billing_code", equalTo("c1"))
        .body("$", not(hasKey("secret_note")));
    assertThat(listed(member(project), "").jsonPath().getMap("images[0]"))
        .containsEntry("billing_code", "c1")
        .doesNotContainKey("secret_note");
    assertThat(
            patch(member(project), id, "replace", "/name", "x")
                .statusCode(200)
                .extract()
                .jsonPath()
                .getMap("$"))
        .doesNotContainKey("secret_note");
    admin().get("/v2/images/" + id).then().body("secret_note", equalTo("s1"));
  }

  @Test
  void aFilterByWhatMayNotBeReadFindsNothing() {
    imageWithSecret();

    assertThat(found(member(project), "&secret_note=s1")).isEmpty();
    assertThat(found(member(project), "&secret_note=other")).isEmpty();
    assertThat(found(member(project), "&billing_code=c1")).hasSize(1);
    assertThat(found(admin(), "&secret_note=s1")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "member, add, /billing_code, 403",
    "member, replace, /billing_code, 403",
    "member, remove, /billing_code, 403",
    "billing, replace, /billing_code, 200",
    "billing, remove, /billing_code, 403",
    "admin, remove, /billing_code, 200",
    // What cannot be seen is not there, but is not overwritten either.
    "member, replace, /secret_note, 409",
    "member, remove, /secret_note, 409",
    "member, add, /secret_note, 403",
    "member, add, /free, 200",
    "member, add, /nobodys, 403",
    "member, replace, /name, 200",
  })
  void changesAreAsTheFileSays(String role, String operation, String path, int status) {
    String id = imageWithSecret();

    patch(as(project, "member,reader," + role), id, operation, path, "x").statusCode(status);
  }

  @Test
  void whatIsHiddenSurvivesTheChangesOfOthers() {
    String id = imageWithSecret();

    patch(member(project), id, "replace", "/name", "x").statusCode(200);

    admin().get("/v2/images/" + id).then().body("secret_note", equalTo("s1"));
  }

  private String imageWithSecret() {
    return admin()
        .body(
            """
            {"owner": "%s", "billing_code": "c1", "secret_note": "s1"}"""
                .formatted(project))
        .post("/v2/images")
        .then()
        .statusCode(201)
        .extract()
        .path("id");
  }

  private List<Object> found(RequestSpecification as, String filter) {
    return listed(as, filter).jsonPath().getList("images");
  }

  private Response listed(RequestSpecification as, String filter) {
    return as.get("/v2/images?owner=" + project + filter);
  }

  private static ValidatableResponse patch(
      RequestSpecification as, String id, String operation, String path, String value) {
    return as.contentType("application/openstack-images-v2.1-json-patch")
        .body(
            """
            [{"op": "%s", "path": "%s", "value": "%s"}]"""
                .formatted(operation, path, value)
                .getBytes(UTF_8))
        .patch("/v2/images/" + id)
        .then();
  }
}
