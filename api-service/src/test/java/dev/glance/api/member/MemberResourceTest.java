package dev.glance.api.member;

import static dev.glance.api.auth.headers.Personas.admin;
import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sharing, as the owner, the member and strangers see it (API reference section 2.12). */
@QuarkusTest
@TestProfile(Personas.class)
class MemberResourceTest {
  private final String owner = UUID.randomUUID().toString();
  private final String friend = UUID.randomUUID().toString();

  @Test
  void aSharedImageIsSeenByItsMemberAndListedOnceAccepted() {
    String id = image("shared");
    member(friend).get("/v2/images/" + id).then().statusCode(404);

    Map<String, Object> document = share(id, friend).statusCode(200).extract().path("$");

    assertThat(document)
        .containsOnlyKeys("member_id", "image_id", "status", "created_at", "updated_at", "schema")
        .containsEntry("member_id", friend)
        .containsEntry("image_id", id)
        .containsEntry("status", "pending")
        .containsEntry("schema", "/v2/schemas/member");
    assertThat(String.valueOf(document.get("created_at")))
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    member(friend).get("/v2/images/" + id).then().statusCode(200);
    listed("").body("images", empty());
    listed("&member_status=pending").body("images.id", contains(id));

    answer(id, "accepted").statusCode(200).body("status", equalTo("accepted"));
    listed("").body("images.id", contains(id));
    answer(id, "rejected").statusCode(200);
    listed("").body("images", empty());
    listed("&member_status=all").body("images.id", contains(id));
    answer(id, "pending").statusCode(200);

    member(owner).delete(path(id, friend)).then().statusCode(204);
    member(friend).get("/v2/images/" + id).then().statusCode(404);
  }

  @Test
  void ownersAndAdminsSeeAllMembersAndAMemberOnlyItself() {
    String id = image("shared");
    share(id, friend).statusCode(200);
    share(id, "another").statusCode(200);

    member(owner)
        .get("/v2/images/" + id + "/members")
        .then()
        .statusCode(200)
        .body("members.member_id", contains(friend, "another"))
        .body("schema", equalTo("/v2/schemas/members"));
    admin()
        .get("/v2/images/" + id + "/members")
        .then()
        .body("members.member_id", contains(friend, "another"));
    member(friend)
        .get("/v2/images/" + id + "/members")
        .then()
        .statusCode(200)
        .body("members.member_id", contains(friend));
    member(friend).get(path(id, friend)).then().statusCode(200);
    member(friend).get(path(id, "another")).then().statusCode(404);
    member("stranger").get("/v2/images/" + id + "/members").then().statusCode(404);
    member("stranger").get(path(id, friend)).then().statusCode(404);
  }

  @Test
  void onlyTheOwnerSharesAndOnlyTheMemberAnswers() {
    String id = image("shared");
    share(id, friend).statusCode(200);

    as(owner, "reader").body("{\"member\": \"x\"}").post(members(id)).then().statusCode(403);
    member(friend).body("{\"member\": \"x\"}").post(members(id)).then().statusCode(403);
    member("stranger").body("{\"member\": \"x\"}").post(members(id)).then().statusCode(404);
    member(owner).body("{\"status\": \"accepted\"}").put(path(id, friend)).then().statusCode(403);
    as(friend, "reader")
        .body("{\"status\": \"accepted\"}")
        .put(path(id, friend))
        .then()
        .statusCode(403);
    member(friend).delete(path(id, friend)).then().statusCode(403);
    member(owner).body("{\"status\": \"accepted\"}").put(path(id, "x")).then().statusCode(404);
    member(owner).delete(path(id, "x")).then().statusCode(404);
    admin().body("{\"status\": \"accepted\"}").put(path(id, friend)).then().statusCode(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"private", "community"})
  void onlySharedImagesHaveMembers(String visibility) {
    String id = image(visibility);

    share(id, friend).statusCode(403);
    member(owner).get(members(id)).then().statusCode(403);
    member(owner).get(path(id, friend)).then().statusCode(404);
    member(owner).delete(path(id, friend)).then().statusCode(403);
  }

  @Test
  void aProjectIsAMemberOnce() {
    String id = image("shared");
    share(id, friend).statusCode(200);

    share(id, friend).statusCode(409);
  }

  @Test
  void anImageHasNoMoreMembersThanTheQuota() {
    String id = image("shared");
    for (int i = 0; i < 128; i++) {
      share(id, "project-" + i).statusCode(200);
    }

    share(id, "one-too-many").statusCode(413);
    member(owner).delete(path(id, "project-0")).then().statusCode(204);
    share(id, "in-its-place").statusCode(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''",
        "x",
        "[]",
        "[\"member\"]",
        "{}",
        "{\"member\": \"\"}",
        "{\"member\": null}",
        "{\"member\": 7}",
        "{\"members\": \"x\"}",
      })
  void aBodyThatNamesNoProjectIs400(String body) {
    String id = image("shared");

    member(owner).body(body).post(members(id)).then().statusCode(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{}", "{\"status\": 7}", "{\"status\": \"odd\"}", "x"})
  void aBodyWithoutAStatusIs400(String body) {
    String id = image("shared");
    share(id, friend);

    member(friend).body(body).put(path(id, friend)).then().statusCode(400);
  }

  @Test
  void namesOfAnyKindAreKept() {
    String id = image("shared");

    share(id, "pröjéct/🐧 %2F").statusCode(200);

    member(owner).get(members(id)).then().body("members.member_id", contains("pröjéct/🐧 %2F"));
  }

  @Test
  void otherMethodsAre405() {
    member(owner)
        .put(members(image("shared")))
        .then()
        .statusCode(405)
        .header("Allow", "GET, HEAD, POST");
    member(owner)
        .post(path(image("shared"), "x"))
        .then()
        .statusCode(405)
        .header("Allow", "DELETE, GET, HEAD, PUT");
  }

  @Test
  void theSchemasAreInTheShortForm() {
    Map<String, Object> item = member(owner).get("/v2/schemas/member").path("$");
    assertThat(item).containsOnlyKeys("name", "properties").containsEntry("name", "member");
    member(owner)
        .get("/v2/schemas/members")
        .then()
        .statusCode(200)
        .body("name", equalTo("members"))
        .body("properties.members.items.name", equalTo("member"))
        .body("links.rel", contains("describedby"));
  }

  @Test
  void theDataOfADeactivatedImageIsForAdmins() {
    String id = image("shared");
    member(owner).post("/v2/images/" + id + "/actions/deactivate").then().statusCode(403);
    upload(id);

    for (int i = 0; i < 2; i++) {
      member(owner).post("/v2/images/" + id + "/actions/deactivate").then().statusCode(204);
    }

    member(owner)
        .get("/v2/images/" + id)
        .then()
        .statusCode(200)
        .body("status", equalTo("deactivated"));
    member(owner).get("/v2/images/" + id + "/file").then().statusCode(403);
    admin().get("/v2/images/" + id + "/file").then().statusCode(200);
    member("stranger").post("/v2/images/" + id + "/actions/reactivate").then().statusCode(404);
    as(owner, "reader").post("/v2/images/" + id + "/actions/reactivate").then().statusCode(403);
    for (int i = 0; i < 2; i++) {
      member(owner).post("/v2/images/" + id + "/actions/reactivate").then().statusCode(204);
    }
    member(owner).get("/v2/images/" + id + "/file").then().statusCode(200);
    member(owner)
        .body("{}")
        .post("/v2/images/" + id + "/actions/deactivate")
        .then()
        .statusCode(400);
    member(owner).get("/v2/images/" + id + "/actions/deactivate").then().statusCode(405);
    member(owner).post("/v2/images/no-id/actions/deactivate").then().statusCode(404);
  }

  private void upload(String id) {
    member(owner)
        .contentType("application/octet-stream")
        .body(new byte[] {1, 2, 3})
        .put("/v2/images/" + id + "/file")
        .then()
        .statusCode(204);
  }

  private String image(String visibility) {
    return member(owner)
        .body(
            "{\"visibility\": \""
                + visibility
                + "\", \"disk_format\": \"raw\", \"container_format\": \"bare\"}")
        .post("/v2/images")
        .then()
        .statusCode(201)
        .extract()
        .path("id");
  }

  private ValidatableResponse share(String id, String project) {
    return member(owner).body(Map.of("member", project)).post(members(id)).then();
  }

  private ValidatableResponse answer(String id, String status) {
    return member(friend).body(Map.of("status", status)).put(path(id, friend)).then();
  }

  private ValidatableResponse listed(String more) {
    return member(friend).get("/v2/images?owner=" + owner + more).then().statusCode(200);
  }

  private static String members(String id) {
    return "/v2/images/" + id + "/members";
  }

  private static String path(String id, String member) {
    return members(id) + "/" + member;
  }
}
