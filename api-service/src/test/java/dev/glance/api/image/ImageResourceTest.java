package dev.glance.api.image;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The metadata calls as a client sees them. */
@QuarkusTest
class ImageResourceTest {
  private static final String V2_1 = "application/openstack-images-v2.1-json-patch";
  private static final String V2_0 = "application/openstack-images-v2.0-json-patch";

  @Test
  void aNewImageHasEveryBaseProperty() {
    Response created = create("{}");

    String id = created.path("id");
    assertThat(created.header("Location")).startsWith("http://").endsWith("/v2/images/" + id);
    assertThat(created.<Map<String, Object>>path("$"))
        .containsEntry("status", "queued")
        .containsEntry("visibility", "shared")
        .containsEntry("protected", false)
        .containsEntry("os_hidden", false)
        .containsEntry("owner", "admin")
        .containsEntry("min_disk", 0)
        .containsEntry("min_ram", 0)
        .containsEntry("tags", List.of())
        .containsEntry("self", "/v2/images/" + id)
        .containsEntry("file", "/v2/images/" + id + "/file")
        .containsEntry("schema", "/v2/schemas/image")
        .containsEntry("name", null)
        .containsEntry("size", null)
        .containsEntry("virtual_size", null)
        .containsEntry("checksum", null)
        .containsEntry("os_hash_algo", null)
        .containsEntry("os_hash_value", null)
        .containsEntry("disk_format", null)
        .containsEntry("container_format", null)
        .doesNotContainKeys("direct_url", "locations", "stores");
    assertThat(created.<String>path("created_at"))
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ")
        .isEqualTo(created.path("updated_at"));
  }

  @Test
  void customPropertiesAndUnicodeStandFlatInTheDocument() {
    String id =
        create("{\"name\": \"Bär 🐻\", \"hw.x/y\": \"ä\", \"tags\": [\"b\", \"b\"]}").path("id");

    given()
        .get("/v2/images/" + id)
        .then()
        .statusCode(200)
        .body("name", Matchers.equalTo("Bär 🐻"))
        .body("'hw.x/y'", Matchers.equalTo("ä"))
        .body("tags", Matchers.equalTo(List.of("b")));
  }

  @Test
  void aChosenIdIsKeptAsWrittenFoundInAnyCaseAndNeverUsedAgain() {
    String id = UUID.randomUUID().toString().toUpperCase(Locale.ROOT);
    String body = "{\"id\": \"" + id + "\"}";
    create(body);

    given()
        .get("/v2/images/" + id.toLowerCase(Locale.ROOT))
        .then()
        .body("id", Matchers.equalTo(id));
    post(body).statusCode(409);
    given().delete("/v2/images/" + id).then().statusCode(204).body(Matchers.emptyString());
    given().get("/v2/images/" + id).then().statusCode(404);
    given().delete("/v2/images/" + id).then().statusCode(404);
    post(body).statusCode(409);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "400 | ``",
        "400 | {",
        "400 | {} {}",
        "400 | 3",
        "400 | []",
        "400 | [{}]",
        "400 | {\"name\": 3}",
        "400 | {\"visibility\": \"secret\"}",
        "400 | {\"visibility\": null}",
        "400 | {\"protected\": \"yes\"}",
        "400 | {\"os_hidden\": 1}",
        "400 | {\"tags\": \"a\"}",
        "400 | {\"tags\": [3]}",
        "400 | {\"min_disk\": -1}",
        "400 | {\"min_ram\": 2147483648}",
        "400 | {\"min_ram\": 1.5}",
        "400 | {\"min_ram\": true}",
        "400 | {\"disk_format\": \"floppy\"}",
        "400 | {\"container_format\": 1}",
        "400 | {\"id\": \"no uuid\"}",
        "400 | {\"custom\": 3}",
        "400 | {\"custom\": null}",
        "400 | {\"\": \"x\"}",
        "400 | {\"name\": \"a\\u0000b\"}",
        "400 | {\"name\": \"\\ud800\"}",
        "400 | {\"kernel_id\": \"x\"}",
        "400 | {\"status\": \"odd\"}",
        "403 | {\"status\": \"active\"}",
        "403 | {\"size\": 1}",
        "403 | {\"checksum\": \"a\"}",
        "403 | {\"os_hash_value\": \"a\"}",
        "403 | {\"created_at\": \"x\"}",
        "403 | {\"direct_url\": 3}",
        "403 | {\"self\": \"x\", \"name\": 3}",
        "403 | {\"stores\": \"x\"}",
        "403 | {\"location\": \"x\"}",
        "403 | {\"deleted\": \"x\"}",
        "403 | {\"os_glance_x\": \"x\"}",
        "403 | {\"os_glancex\": \"x\"}",
        "403 | {\"locations\": []}",
      })
  void whatACreateMayNotSay(int status, String body) {
    post(body).statusCode(status);
  }

  @Test
  void aNameMayHave255CharactersAndABodyOneMebibyte() {
    post("{\"name\": \"" + "ä".repeat(255) + "\"}").statusCode(201);
    post("{\"name\": \"" + "a".repeat(256) + "\"}").statusCode(400);
    post("{\"" + "k".repeat(256) + "\": \"v\"}").statusCode(400);
    post("{\"k\": \"" + "v".repeat(1 << 20) + "\"}").statusCode(413);
  }

  @Test
  void aWholeNumberMayBeWrittenWithAFraction() {
    post("{\"min_ram\": 1e3, \"min_disk\": 2.0}")
        .statusCode(201)
        .body("min_ram", Matchers.equalTo(1000))
        .body("min_disk", Matchers.equalTo(2));
    post("{\"min_ram\": 1e400}").statusCode(400);
    post("{\"min_ram\": 1e10}").statusCode(400);
  }

  @Test
  void aPropertyNameIsCountedInCharacters() {
    post("{\"" + "🐻".repeat(255) + "\": \"v\"}").statusCode(201);
    post("{\"" + "🐻".repeat(256) + "\": \"v\"}").statusCode(400);
  }

  @Test
  void nothingIsEscapedThatNeedNot() {
    assertThat(create("{\"name\": \"Bär 🐻\"}").asString()).contains("\"Bär 🐻\"");
  }

  @Test
  void locationsAreNotSetToNone() {
    String id = create("{}").path("id");

    patch(id, V2_1, op("replace", "/locations", "[]"))
        .statusCode(403)
        .body(Matchers.containsString("Cannot set locations to empty list."));
  }

  @Test
  void aBodyThatIsNotUtf8IsRefused() {
    given()
        .contentType("application/json")
        .body(new byte[] {'{', '"', (byte) 0xff, '"', ':', '"', '"', '}'})
        .post("/v2/images")
        .then()
        .statusCode(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "11111111-1111-1111-1111-111111111111", "1-1-1-1-1"})
  void anUnknownOrMalformedIdIs404(String id) {
    given().get("/v2/images/" + id).then().statusCode(404);
    given().delete("/v2/images/" + id).then().statusCode(404);
    patch(id, V2_1, "[]").statusCode(404);
  }

  @Test
  void aBodyWhereNoneBelongsIs400() {
    String id = create("{}").path("id");

    for (String path : List.of("/v2/images/" + id, "/v2/schemas/image")) {
      given().body("{}").get(path).then().statusCode(400);
    }
    // A list is one of the calls for which upstream does not look.
    given().body("{}").get("/v2/images").then().statusCode(200);
    given().body("{}").delete("/v2/images/" + id).then().statusCode(400);
  }

  @Test
  void aProtectedImageStays() {
    String id = create("{\"protected\": true}").path("id");

    given().delete("/v2/images/" + id).then().statusCode(403);
    patch(id, V2_1, op("replace", "/protected", "false")).statusCode(200);
    given().delete("/v2/images/" + id).then().statusCode(204);
  }

  @Test
  void aPatchDoesAllOfItsOperationsInOrder() {
    String id = create("{\"name\": \"old\", \"a\": \"1\", \"b\": \"2\"}").path("id");

    patch(
            id,
            V2_1 + "; charset=UTF-8",
            """
            [{"op": "replace", "path": "/name", "value": "new"},
             {"op": "add", "path": "/c~1~0", "value": "3"},
             {"op": "replace", "path": "/a", "value": "4"},
             {"op": "remove", "path": "/b"},
             {"op": "add", "path": "/b", "value": "5"},
             {"op": "add", "path": "/b", "value": "6"},
             {"op": "add", "path": "/tags", "value": ["x", "y", "x"]},
             {"op": "replace", "path": "/disk_format", "value": "qcow2"},
             {"op": "replace", "path": "/visibility", "value": "public"}]
            """)
        .statusCode(200)
        .body("name", Matchers.equalTo("new"))
        .body("'c/~'", Matchers.equalTo("3"))
        .body("a", Matchers.equalTo("4"))
        .body("b", Matchers.equalTo("6"))
        .body("tags", Matchers.containsInAnyOrder("x", "y"))
        .body("disk_format", Matchers.equalTo("qcow2"))
        .body("visibility", Matchers.equalTo("public"));
  }

  @Test
  void aPatchThatFailsChangesNothing() {
    String id = create("{\"name\": \"old\"}").path("id");

    patch(
            id,
            V2_1,
            """
            [{"op": "replace", "path": "/name", "value": "new"},
             {"op": "remove", "path": "/absent"}]
            """)
        .statusCode(409);

    given().get("/v2/images/" + id).then().body("name", Matchers.equalTo("old"));
  }

  @Test
  void theOlderFormAddsOnlyWhatIsNotThere() {
    String id = create("{\"a\": \"1\"}").path("id");

    patch(
            id,
            V2_0,
            "[{\"add\": \"/b\", \"value\": \"2\"}, {\"replace\": \"/name\", \"value\": \"n\"}]")
        .statusCode(200)
        .body("b", Matchers.equalTo("2"))
        .body("name", Matchers.equalTo("n"));
    patch(id, V2_0, "[{\"add\": \"/a\", \"value\": \"2\"}]").statusCode(409);
    patch(id, V2_0, "[{\"add\": \"/name\", \"value\": \"2\"}]").statusCode(409);
    patch(id, V2_0, "[{\"remove\": \"/a\"}]").statusCode(200).body("a", Matchers.nullValue());
    patch(id, V2_0, "[{\"add\": \"/x\", \"remove\": \"/a\", \"value\": \"2\"}]").statusCode(400);
    patch(id, V2_0, "[{\"value\": \"2\"}]").statusCode(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "200 | []",
        "400 | ``",
        "400 | {}",
        "400 | [3]",
        "400 | [{\"path\": \"/name\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"move\", \"path\": \"/name\", \"from\": \"/x\"}]",
        "400 | [{\"op\": \"test\", \"path\": \"/name\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": 3, \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/name\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"name\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/a//b\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/a/ /b\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/a/\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/a/b\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/tags/-\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/a~2\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/a~\", \"value\": \"x\"}]",
        "400 | [{\"op\": \"replace\", \"path\": \"/min_disk\", \"value\": -1}]",
        "400 | [{\"op\": \"replace\", \"path\": \"/visibility\", \"value\": \"odd\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/custom\", \"value\": 3}]",
        "403 | [{\"op\": \"replace\", \"path\": \"/status\", \"value\": \"active\"}]",
        "403 | [{\"op\": \"replace\", \"path\": \"/id\", \"value\": \"x\"}]",
        "403 | [{\"op\": \"remove\", \"path\": \"/size\"}]",
        "403 | [{\"op\": \"add\", \"path\": \"/stores\", \"value\": \"x\"}]",
        "403 | [{\"op\": \"add\", \"path\": \"/os_glance_x\", \"value\": \"x\"}]",
        "403 | [{\"op\": \"add\", \"path\": \"/deleted\", \"value\": \"x\"}]",
        "403 | [{\"op\": \"remove\", \"path\": \"/name\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/locations\", \"value\": []}]",
        "400 | [{\"op\": \"remove\", \"path\": \"/locations\"}]",
        "403 | [{\"op\": \"remove\", \"path\": \"/size\"}, 3]",
        "400 | [3, {\"op\": \"remove\", \"path\": \"/size\"}]",
        "400 | [{\"op\": \"add\", \"path\": \"/locations/-\", \"value\": {}}]",
        "403 | [{\"op\": \"add\", \"path\": \"/locations/-\","
            + " \"value\": {\"url\": \"http://h/x\", \"metadata\": {}}}]",
        "403 | [{\"op\": \"replace\", \"path\": \"/locations\", \"value\": []}]",
        "409 | [{\"op\": \"replace\", \"path\": \"/absent\", \"value\": \"x\"}]",
        "409 | [{\"op\": \"remove\", \"path\": \"/absent\"}]",
      })
  void whatAPatchMaySay(int status, String body) {
    String id = create("{}").path("id");

    patch(id, V2_1, body).statusCode(status);
  }

  @Test
  void whatNoImageIsNeededForIsCheckedBeforeTheImage() {
    String id = UUID.randomUUID().toString();

    patch(id, V2_1, op("replace", "/status", "\"active\"")).statusCode(403);
    patch(id, V2_1, op("replace", "/name", "3")).statusCode(400);
    patch(id, V2_1, op("replace", "/name", "\"n\"")).statusCode(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "application/json-patch+json", "text/plain"})
  void anotherMediaTypeIs415AndTheRightOnesAreNamed(String type) {
    String id = create("{}").path("id");

    patch(id, type, "[]").statusCode(415).header("Accept-Patch", V2_0 + ", " + V2_1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/schemas/image", "/v2/schemas/images"})
  void theSchemaIsJsonWhateverTheClientAccepts(String path) {
    given()
        .header("Accept", "text/html")
        .get(path)
        .then()
        .statusCode(200)
        .header("Content-Type", "application/json");
  }

  @Test
  void theSchemaSaysWhatIsCustomAndWhichFormatsThereAre() {
    given()
        .get("/v2/schemas/image")
        .then()
        .statusCode(200)
        .contentType("application/json")
        .body("name", Matchers.equalTo("image"))
        .body("properties.disk_format.enum[0]", Matchers.nullValue())
        .body("properties.disk_format.enum", Matchers.hasItem("qcow2"))
        .body("properties.os_distro.is_base", Matchers.equalTo(false))
        .body("properties.name.is_base", Matchers.nullValue())
        .body("additionalProperties.type", Matchers.equalTo("string"))
        .body("links.rel", Matchers.contains("self", "enclosure", "describedby"));
    given()
        .get("/v2/schemas/images")
        .then()
        .statusCode(200)
        .body("properties.images.items.name", Matchers.equalTo("image"))
        .body("links.rel", Matchers.contains("first", "next", "describedby"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PUT | /v2/images | GET, HEAD, POST",
        "DELETE | /v2/images | GET, HEAD, POST",
        "OPTIONS | /v2/images | GET, HEAD, POST",
        "POST | /v2/images/x | DELETE, GET, HEAD, PATCH",
        "POST | /v2/images/x/file | GET, HEAD, PUT",
        "POST | /v2/schemas/image | GET, HEAD",
      })
  void aWrongMethodIs405AndTheRightOnesAreNamed(String method, String path, String allow) {
    given().request(method, path).then().statusCode(405).header("Allow", allow);
  }

  @Test
  void headAnswersLikeGetWithoutABody() {
    String id = create("{}").path("id");

    for (String path : List.of("/v2/images", "/v2/images/" + id, "/v2/schemas/image")) {
      given().head(path).then().statusCode(200).contentType("application/json");
    }
    given().head("/v2/images/x").then().statusCode(404);
  }

  private static Response create(String body) {
    return post(body).statusCode(201).extract().response();
  }

  private static ValidatableResponse post(String body) {
    return given()
        .contentType("application/json")
        .body(body.getBytes(StandardCharsets.UTF_8))
        .post("/v2/images")
        .then();
  }

  private static ValidatableResponse patch(String id, String type, String body) {
    return given()
        .config(
            RestAssured.config()
                .encoderConfig(
                    EncoderConfig.encoderConfig()
                        .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                        .encodeContentTypeAs(V2_0, ContentType.TEXT)
                        .encodeContentTypeAs(V2_1, ContentType.TEXT)))
        .header("Content-Type", type)
        .body(body.getBytes(StandardCharsets.UTF_8))
        .patch("/v2/images/" + id)
        .then();
  }

  private static String op(String name, String path, String value) {
    return "[{\"op\": \"" + name + "\", \"path\": \"" + path + "\", \"value\": " + value + "}]";
  }
}
