package dev.glance.api.quota;

import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.anEmptyMap;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Quotas as clients meet them. */
@QuarkusTest
@TestProfile(QuotaResourceTest.SmallQuotas.class)
class QuotaResourceTest {
  private static final String PATCH = "application/openstack-images-v2.1-json-patch";

  private final String project = UUID.randomUUID().toString();

  /** Anybody may call, and have little. */
  public static final class SmallQuotas implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>(new Personas().getConfigOverrides());
      settings.put("glance.api.image-tag-quota", "2");
      settings.put("glance.api.image-property-quota", "2");
      settings.put("glance.api.image-member-quota", "1");
      settings.put("glance.api.user-storage-quota", "1KB");
      return settings;
    }
  }

  @Test
  void anImageHasNoMoreTagsAndPropertiesThanItMay() {
    create("{'tags': ['a', 'b', 'b'], 'p': '1', 'q': '2'}").statusCode(201);
    create("{'tags': ['a', 'b', 'c']}").statusCode(413).body(containsString("tags"));
    create("{'p': '1', 'q': '2', 'r': '3'}").statusCode(413).body(containsString("properties"));
  }

  @Test
  void aPatchAddsNoMoreThanMayBe() {
    String id = image("{'tags': ['a'], 'p': '1'}");

    patch(id, "[{'op': 'add', 'path': '/q', 'value': '2'}]").statusCode(200);
    patch(id, "[{'op': 'add', 'path': '/r', 'value': '3'}]").statusCode(413);
    patch(id, "[{'op': 'replace', 'path': '/tags', 'value': ['a', 'b', 'c']}]").statusCode(413);
    patch(
            id,
            "[{'op': 'remove', 'path': '/p'}, {'op': 'add', 'path': '/r', 'value': '3'},"
                + " {'op': 'replace', 'path': '/tags', 'value': ['c', 'b']}]")
        .statusCode(200)
        .body("r", equalTo("3"));
  }

  @Test
  void anImageHasNoMoreMembersThanItMay() {
    String id = image("{'visibility': 'shared'}");

    share(id, "x").statusCode(200);
    share(id, "y").statusCode(413);
  }

  @Test
  void aProjectStoresNoMoreThanItMay() {
    String id = image("{'disk_format': 'raw', 'container_format': 'bare'}");

    upload(id, 1025).statusCode(413).body(containsString("user_storage_quota"));
    member(project).get("/v2/images/" + id).then().body("status", equalTo("queued"));
    upload(id, 1024).statusCode(204);
    String next = image("{'disk_format': 'raw', 'container_format': 'bare'}");
    upload(next, 1).statusCode(413);
    member(project).delete("/v2/images/" + id).then().statusCode(204);
    upload(next, 1).statusCode(204);
  }

  @Test
  void anImageIsGivenOnlyToWhoeverHasRoomForIt() {
    String id = image("{'disk_format': 'raw', 'container_format': 'bare'}");
    upload(id, 1000).statusCode(204);
    String heir = UUID.randomUUID().toString();
    String theirs =
        member(heir)
            .body("{\"disk_format\": \"raw\", \"container_format\": \"bare\"}")
            .post("/v2/images")
            .then()
            .extract()
            .path("id");
    upload(heir, theirs, 25).statusCode(204);
    String give = "[{'op': 'replace', 'path': '/owner', 'value': '" + heir + "'}]";

    patchAs(as("ops", "admin"), id, give).statusCode(413);
    member(heir).delete("/v2/images/" + theirs).then().statusCode(204);
    patchAs(as("ops", "admin"), id, give).statusCode(200).body("owner", equalTo(heir));
  }

  @Test
  void usageIsEmptyWhereTheIdentityServiceKeepsNoLimits() {
    member(project).get("/v2/info/usage").then().statusCode(200).body("usage", anEmptyMap());
    given().get("/v2/info/usage").then().statusCode(401);
    member(project)
        .post("/v2/info/usage")
        .then()
        .statusCode(405)
        .header("Allow", equalTo("GET, HEAD"));
    member(project).body("{}").get("/v2/info/usage").then().statusCode(400);
  }

  private ValidatableResponse create(String body) {
    return member(project).body(body.replace('\'', '"')).post("/v2/images").then();
  }

  private String image(String body) {
    return create(body).statusCode(201).extract().path("id");
  }

  private ValidatableResponse patch(String id, String body) {
    return patchAs(member(project), id, body);
  }

  private static ValidatableResponse patchAs(RequestSpecification caller, String id, String body) {
    return caller
        .config(
            RestAssured.config()
                .encoderConfig(
                    EncoderConfig.encoderConfig().encodeContentTypeAs(PATCH, ContentType.TEXT)))
        .contentType(PATCH)
        .body(body.replace('\'', '"'))
        .patch("/v2/images/" + id)
        .then();
  }

  private ValidatableResponse share(String id, String with) {
    return member(project)
        .body("{\"member\": \"" + with + "\"}")
        .post("/v2/images/" + id + "/members")
        .then();
  }

  private ValidatableResponse upload(String id, int size) {
    return upload(project, id, size);
  }

  private static ValidatableResponse upload(String owner, String id, int size) {
    return member(owner)
        .contentType("application/octet-stream")
        .body(new byte[size])
        .put("/v2/images/" + id + "/file")
        .then();
  }
}
