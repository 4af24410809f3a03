package dev.glance.api.image;

import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.equalTo;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Requests that depend on what the client knows already (RFC 9110 section 13), and labels. */
@QuarkusTest
@TestProfile(Personas.class)
class ConditionsAndTagsTest {
  private static final String V2_1 = "application/openstack-images-v2.1-json-patch";
  private static final RestAssuredConfig PATCHES =
      RestAssured.config()
          .encoderConfig(EncoderConfig.encoderConfig().encodeContentTypeAs(V2_1, ContentType.TEXT));

  private final String owner = UUID.randomUUID().toString();

  @Test
  void anImageThatTheClientHasIsNotSentAgain() {
    String id = image();
    String tag = tagOf(id);

    member(owner)
        .header("If-None-Match", "\"other\", W/" + tag)
        .get("/v2/images/" + id)
        .then()
        .statusCode(304)
        .header("ETag", tag)
        .body(equalTo(""));
    rename(member(owner), id, "renamed").statusCode(200);
    member(owner)
        .header("If-None-Match", tag)
        .get("/v2/images/" + id)
        .then()
        .statusCode(200)
        .body("name", equalTo("renamed"));
  }

  @Test
  void aListThatTheClientHasIsNotSentAgain() {
    image();
    String path = "/v2/images?owner=" + owner;
    String tag = member(owner).get(path).header("ETag");

    member(owner).header("If-None-Match", tag).get(path).then().statusCode(304);
    image();
    member(owner).header("If-None-Match", tag).get(path).then().statusCode(200);
  }

  @Test
  void headAnswersAsGetWouldWithoutTheBody() {
    String id = image();

    member(owner)
        .head("/v2/images/" + id)
        .then()
        .statusCode(200)
        .header("ETag", tagOf(id))
        .body(equalTo(""));
    member(owner).head("/v2/images").then().statusCode(200);
    member(owner).head("/v2/images/" + id + "/members").then().statusCode(200);
    member(owner).head("/v2/schemas/image").then().statusCode(200);
    member(owner).head("/v2/images/" + UUID.randomUUID()).then().statusCode(404);
  }

  @Test
  void aChangeOfWhatSomebodyElseChangedMeanwhileIs412() {
    String id = image();
    String known = tagOf(id);
    String changed =
        rename(member(owner).header("If-Match", known), id, "mine")
            .statusCode(200)
            .extract()
            .header("ETag");

    rename(member(owner).header("If-Match", known), id, "lost update").statusCode(412);
    rename(member(owner).header("If-Match", "W/" + changed), id, "weak").statusCode(412);
    member(owner).header("If-Match", known).delete("/v2/images/" + id).then().statusCode(412);
    member(owner).get("/v2/images/" + id).then().body("name", equalTo("mine"));
    rename(member(owner).header("If-Match", "*"), id, "any").statusCode(200);
    member(owner)
        .header("If-Match", "\"odd\", " + tagOf(id))
        .delete("/v2/images/" + id)
        .then()
        .statusCode(204);
  }

  @Test
  void whoMayNotChangeAnImageLearnsNothingOfItsTag() {
    String id = image();

    rename(as(owner, "reader").header("If-Match", "\"odd\""), id, "x").statusCode(403);
    rename(member("stranger").header("If-Match", "\"odd\""), id, "x").statusCode(404);
  }

  @Test
  void labelsAreAddedAndTakenOffOneByOne() {
    String id = image();
    String path = "/v2/images/" + id + "/tags/";

    for (String tag : new String[] {"a", "a", "b 🐧", "x%2Fy"}) {
      member(owner).put(path + "{tag}", tag).then().statusCode(204);
    }
    tags(id).body("tags", containsInAnyOrder("a", "b 🐧", "x%2Fy"));
    member(owner).delete(path + "{tag}", "a").then().statusCode(204);
    member(owner).delete(path + "{tag}", "a").then().statusCode(404);
    tags(id).body("tags", containsInAnyOrder("b 🐧", "x%2Fy"));
  }

  @Test
  void labelsAreTheOwnersToChangeAndOfBoundedLength() {
    String id = image();
    String path = "/v2/images/" + id + "/tags/";

    as(owner, "reader").put(path + "x").then().statusCode(403);
    member("stranger").put(path + "x").then().statusCode(404);
    member("stranger").delete(path + "x").then().statusCode(404);
    member(owner).put(path + "x".repeat(255)).then().statusCode(204);
    member(owner).put(path + "x".repeat(256)).then().statusCode(400);
    member(owner).body("{}").put(path + "y").then().statusCode(400);
    member(owner).get(path + "x").then().statusCode(405).header("Allow", "DELETE, PUT");
    member(owner).put("/v2/images/no-id/tags/x").then().statusCode(404);
  }

  @Test
  void anImageHasNoMoreLabelsThanTheQuota() {
    String id = image();
    for (int i = 0; i < 128; i++) {
      member(owner).put("/v2/images/" + id + "/tags/" + i).then().statusCode(204);
    }

    member(owner).put("/v2/images/" + id + "/tags/one-too-many").then().statusCode(413);
    member(owner).put("/v2/images/" + id + "/tags/7").then().statusCode(204);
  }

  private ValidatableResponse tags(String id) {
    return member(owner).get("/v2/images/" + id).then().statusCode(200);
  }

  private String tagOf(String id) {
    String tag = member(owner).get("/v2/images/" + id).header("ETag");
    assertThat(tag).matches("\"[0-9a-f]{32}\"");
    return tag;
  }

  private String image() {
    return member(owner).body("{}").post("/v2/images").then().statusCode(201).extract().path("id");
  }

  private static ValidatableResponse rename(RequestSpecification caller, String id, String name) {
    return caller
        .config(PATCHES)
        .contentType(V2_1)
        .body("[{\"op\": \"replace\", \"path\": \"/name\", \"value\": \"" + name + "\"}]")
        .patch("/v2/images/" + id)
        .then();
  }
}
