package dev.glance.api.location;

import static dev.glance.api.auth.headers.Personas.admin;
import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import com.sun.net.httpserver.HttpServer;
import dev.glance.api.location.LocationTests.Visible;
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.Scope;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Locations given and taken away by updates of the image (API reference section 2.4). */
@QuarkusTest
@TestProfile(Visible.class)
class PatchedLocationsTest {
  private static final String V2_1 = "application/openstack-images-v2.1-json-patch";
  private static final String V2_0 = "application/openstack-images-v2.0-json-patch";
  private static final String SHA512 = "ab".repeat(64);
  private static final String MD5 = "cd".repeat(16);

  private static HttpServer web;

  private final String project = UUID.randomUUID().toString();

  @Inject FakeRegistry registry;

  @BeforeAll
  static void serve() throws IOException {
    web = LocationTests.webServer();
  }

  @AfterAll
  static void stop() {
    web.stop(0);
  }

  /** Nova clones public images inside Ceph by what it reads with its user's token. */
  @Test
  void whoSeesAnImageSeesWhereItsDataIs() {
    String id = active("a");
    String publish = "[{\"op\": \"replace\", \"path\": \"/visibility\", \"value\": \"public\"}]";
    patch(admin(), id, publish).statusCode(200);

    member("somebody-elses")
        .get("/v2/images/" + id)
        .then()
        .statusCode(200)
        .body("direct_url", equalTo(url("/image?a")))
        .body("locations.url", contains(url("/image?a")))
        .body("stores", equalTo("web"));
  }

  @Test
  void whereADeactivatedImagesDataIsIsForAdminsAlone() {
    String id = active("a");
    admin().post("/v2/images/" + id + "/actions/deactivate").then().statusCode(204);

    member(project)
        .get("/v2/images/" + id)
        .then()
        .statusCode(200)
        .body("status", equalTo("deactivated"))
        .body("direct_url", nullValue())
        .body("locations", empty())
        .body("stores", nullValue());
    admin()
        .get("/v2/images/" + id)
        .then()
        .body("direct_url", equalTo(url("/image?a")))
        .body("locations.url", contains(url("/image?a")));
  }

  @Test
  void aQueuedImageBecomesActiveAndIsReadFromItsLocation() {
    String id = queued();
    image(id).body("locations", empty()).body("direct_url", nullValue());

    add(id, "-", location("/image"))
        .statusCode(200)
        .body("status", equalTo("active"))
        .body("size", equalTo(5))
        .body("virtual_size", nullValue())
        .body("checksum", nullValue())
        .body("locations.url", contains(url("/image")))
        .body("locations[0].metadata", equalTo(Map.of("a", "b", "store", "web")))
        .body("direct_url", equalTo(url("/image")))
        .body("stores", equalTo("web"));
    assertThat(member(project).get("/v2/images/" + id + "/file").asString()).isEqualTo("image");
    member(project)
        .header("Range", "bytes=1-2")
        .get("/v2/images/" + id + "/file")
        .then()
        .statusCode(206)
        .body(equalTo("ma"));
  }

  @ParameterizedTest
  @CsvSource({"0, c a b", "1, a c b", "2, a b c", "-, a b c", "9, a b c", "99999999999999, a b c"})
  void aLocationIsAddedAtAPosition(String position, String order) {
    String id = active("a", "b");

    add(id, position, location("/image?c"))
        .statusCode(200)
        .body(
            "locations.url",
            equalTo(List.of(order.split(" ")).stream().map(x -> url("/image?" + x)).toList()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "+1", "-1", "1.0", "0x1", "~01"})
  void whatIsNoPositionIs400(String position) {
    String id = active("a", "b");

    add(id, position, location("/image?c")).statusCode(400);
    patch(admin(), id, remove(position)).statusCode(400);
  }

  @Test
  void theSameLocationTwiceIs400AndWithOtherMetadataIsNot() {
    String id = active("a");

    add(id, "-", location("/image?a")).statusCode(400);
    add(id, "-", "{\"url\": \"" + url("/image?a") + "\", \"metadata\": {}}").statusCode(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "filesystem:///etc/passwd",
        "swift+config://ref/container/x",
        "ftp://127.0.0.1/image",
        "s3://bucket/x",
        "memory://fast/nothing",
        "http://127.0.0.1:1/image",
        "http://127.0.0.1/image",
        "http://10.0.0.1/image",
        "http://[",
        "http:",
        "x",
        "",
      })
  void whatIsNoLocationIs400(String url) {
    String id = queued();

    add(id, "-", "{\"url\": \"" + url + "\", \"metadata\": {}}")
        .statusCode(400)
        .body(containsString("Invalid location"));
    replace(id, "[{\"url\": \"" + url + "\", \"metadata\": {}}]").statusCode(400);
    image(id).body("status", equalTo("queued")).body("locations", empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nothing", "/empty"})
  void whereNothingIsIs400(String path) {
    add(queued(), "-", location(path)).statusCode(400).body(containsString("Invalid location"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7",
        "\"http://h/x\"",
        "null",
        "[]",
        "{}",
        "{\"url\": \"http://h/x\"}",
        "{\"metadata\": {}}",
        "{\"url\": 7, \"metadata\": {}}",
        "{\"url\": null, \"metadata\": {}}",
        "{\"url\": \"http://h/x\", \"metadata\": null}",
        "{\"url\": \"http://h/x\", \"metadata\": []}",
        "{\"url\": \"http://h/x\", \"metadata\": {\"a\": \"\\u0000\"}}",
        "{\"url\": \"http://h/x\", \"metadata\": {\"a\": [{\"\\ud800\": 1}]}}",
        "{\"url\": \"http://h/x\", \"metadata\": {}, \"validation_data\": null}",
        "{\"url\": \"http://h/x\", \"metadata\": {}, \"validation_data\": {}}",
        "{\"url\": \"http://h/x\", \"metadata\": {}, \"validation_data\": {\"os_hash_algo\": \"x\"}}",
      })
  void aLocationOfAnotherFormIs400BeforeAnythingIsLoaded(String location) {
    add("no-id", "-", location).statusCode(400);
    replace("no-id", "[" + location + "]").statusCode(400);
  }

  @Test
  void longUrlsAndUnknownValidationMembersAre400() {
    add(queued(), "-", location("/image?" + "x".repeat(255))).statusCode(400);
    add(queued(), "-", validated("{'os_hash_algo': 'sha512', 'os_hash_value': 'ab', 'size': 5}"))
        .statusCode(400);
    add(
            queued(),
            "-",
            validated("{'os_hash_algo': 'sha512', 'os_hash_value': 'ab', 'checksum': 'ab'}"))
        .statusCode(400);
  }

  @Test
  void validationDataBecomesTheDigests() {
    String id = queued();
    String data =
        "{'checksum': '%s', 'os_hash_algo': 'sha512', 'os_hash_value': '%s'}"
            .formatted(MD5, SHA512);

    add(id, "-", validated(data))
        .statusCode(200)
        .body("checksum", equalTo(MD5))
        .body("os_hash_algo", equalTo("sha512"))
        .body("os_hash_value", equalTo(SHA512));
    // What matches changes nothing.
    add(id, "-", validated(data).replace("/image", "/image?2")).statusCode(200);
    add(id, "-", validated(data.replace("ab", "cb")).replace("/image", "/image?3"))
        .statusCode(409)
        .body(containsString("is already set with a different value"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'os_hash_algo': 'sha256', 'os_hash_value': 'ab'}",
        "{'os_hash_algo': 'sha512', 'os_hash_value': 'ab'}",
        "{'os_hash_algo': 'sha512', 'os_hash_value': 'no hex'}",
        "{'os_hash_algo': 'sha512', 'os_hash_value': 'SHA512',"
            + " 'checksum': 'no hexno hexno hexno hexno hexno'}",
      })
  void validationDataThatCannotBeIs409(String data) {
    String id = queued();

    add(id, "-", validated(data.replace("SHA512", SHA512))).statusCode(409);
    image(id).body("status", equalTo("queued")).body("checksum", nullValue());
  }

  @Test
  void digestsAreOnlyTakenWhileTheImageIsQueuedAndWhereTheyAgree() {
    String data = "{'os_hash_algo': 'sha512', 'os_hash_value': '" + SHA512 + "'}";

    add(active("a"), "-", validated(data))
        .statusCode(409)
        .body(containsString("may only be provided when image status is 'queued'"));
    replace(
            queued(),
            "["
                + validated(data)
                + ","
                + validated(data.replace("ab", "cb")).replace("/image", "/image?2")
                + "]")
        .statusCode(409)
        .body(containsString("Conflicting values for os_hash_value"));
  }

  @Test
  void anImageMayHaveThreeLocations() {
    String id = active("a", "b", "c");

    add(id, "-", location("/image?d")).statusCode(413);
    replace(
            queued(),
            "["
                + String.join(
                    ",",
                    location("/image?a"),
                    location("/image?b"),
                    location("/image?c"),
                    location("/image?d"))
                + "]")
        .statusCode(413);
  }

  @Test
  void replacingKeepsTheUrlsOfAnImageThatHasSome() {
    String id = active("a", "b");
    String a = location("/image?a");
    String b = "{\"url\": \"" + url("/image?b") + "\", \"metadata\": {\"new\": [1, {}]}}";

    replace(id, "[" + b + "," + a + "]")
        .statusCode(200)
        .body("locations.url", contains(url("/image?b"), url("/image?a")))
        .body(
            "locations[0].metadata", equalTo(Map.of("new", List.of(1, Map.of()), "store", "web")));
    replace(id, "[" + a + "]").statusCode(400);
    replace(id, "[" + a + "," + location("/image?c") + "]").statusCode(400);
    replace(id, "[]").statusCode(403).body(containsString("Cannot set locations to empty list."));
    replace(id, "{}").statusCode(400);
    assertThat(registry.pendingJobs()).isZero();
  }

  @Test
  void replacingGivesAQueuedImageItsLocations() {
    String id = queued();

    replace(id, "[" + location("/image?a") + "," + location("/image?b") + "]")
        .statusCode(200)
        .body("status", equalTo("active"))
        .body("size", equalTo(5))
        .body("stores", equalTo("web,web"));
    String other = queued();
    replace(other, "[" + location("/image") + "," + location("/image") + "]").statusCode(400);
    image(other).body("status", equalTo("queued"));
  }

  @Test
  void aPatchIsAtomic() {
    String id = queued();

    patch(
            member(project),
            id,
            "[{\"op\": \"replace\", \"path\": \"/name\", \"value\": \"new\"},"
                + add("-", location("/image"))
                + ","
                + add("-", location("/nothing"))
                + "]")
        .statusCode(400);
    image(id).body("name", nullValue()).body("status", equalTo("queued"));
    patch(
            member(project),
            id,
            "[{\"op\": \"replace\", \"path\": \"/name\", \"value\": \"new\"},"
                + add("-", location("/image"))
                + "]")
        .statusCode(200)
        .body("name", equalTo("new"))
        .body("status", equalTo("active"));
  }

  @Test
  void anImageWithoutFormatsCannotBecomeActive() {
    String id =
        member(project).body("{}").post("/v2/images").then().statusCode(201).extract().path("id");

    add(id, "-", location("/image"))
        .statusCode(400)
        .body(
            containsString(
                "Properties disk_format, container_format must be set prior to saving data."));
    patch(
            member(project),
            id,
            "[{\"op\": \"add\", \"path\": \"/disk_format\", \"value\": \"raw\"},"
                + "{\"op\": \"add\", \"path\": \"/container_format\", \"value\": \"bare\"},"
                + add("-", location("/image"))
                + "]")
        .statusCode(200);
  }

  @Test
  void formatsDoNotChangeOnceAnEarlierOperationMadeTheImageActive() {
    String id = queued();

    patch(
            member(project),
            id,
            "["
                + add("-", location("/image"))
                + ",{\"op\": \"add\", \"path\": \"/disk_format\", \"value\": \"iso\"}]")
        .statusCode(403);
    image(id).body("status", equalTo("queued"));
  }

  @Test
  void theLastLocationStays() {
    String id = active("a", "b");

    patch(admin(), id, remove("2")).statusCode(400);
    patch(admin(), id, remove("0"))
        .statusCode(200)
        .body("locations.url", contains(url("/image?b")));
    patch(admin(), id, remove("0"))
        .statusCode(403)
        .body(containsString("Cannot remove last location in the image."));
    patch(admin(), id, remove("x")).statusCode(403);
  }

  @Test
  void minusRemovesTheLastOne() {
    String id = active("a", "b", "c");

    patch(admin(), id, remove("-"))
        .statusCode(200)
        .body("locations.url", contains(url("/image?a"), url("/image?b")));
  }

  @Test
  void theOlderMediaTypeWorksToo() {
    String id = queued();

    member(project)
        .contentType(V2_0)
        .body(
            ("[{\"add\": \"/locations/-\", \"value\": " + location("/image?a") + "}]")
                .getBytes(UTF_8))
        .patch("/v2/images/" + id)
        .then()
        .statusCode(200);
    member(project)
        .contentType(V2_0)
        .body(
            ("[{\"add\": \"/locations/0\", \"value\": " + location("/image?b") + "}]")
                .getBytes(UTF_8))
        .patch("/v2/images/" + id)
        .then()
        .statusCode(200);
    admin()
        .contentType(V2_0)
        .body("[{\"remove\": \"/locations/0\"}]".getBytes(UTF_8))
        .patch("/v2/images/" + id)
        .then()
        .statusCode(200)
        .body("locations.url", contains(url("/image?a")));
  }

  @Test
  void onlyActiveAndQueuedImagesTakeLocations() {
    String id = active("a", "b");
    member(project).post("/v2/images/" + id + "/actions/deactivate").then().statusCode(204);

    add(id, "-", location("/image?c")).statusCode(409).body(containsString("deactivated"));
    replace(id, "[" + location("/image?c") + "]").statusCode(409);
    patch(admin(), id, remove("0")).statusCode(409);
    patch(admin(), queued(), remove("0")).statusCode(409);
    image(id).body("locations", empty()).body("stores", nullValue());
    admin()
        .get("/v2/images/" + id)
        .then()
        .body("locations.url", contains(url("/image?a"), url("/image?b")));
  }

  @Test
  void whoMayNotIsRefusedBeforeTheLocationIsLookedAt() {
    String id = active("a", "b");
    String adding = "[" + add("-", location("/nothing")) + "]";

    patch(as(project, "reader"), id, adding).statusCode(403);
    patch(member("stranger"), id, adding).statusCode(404);
    patch(member(project), id, remove("0")).statusCode(403);
    patch(admin(), id, remove("0")).statusCode(200);
  }

  @Test
  void removedBytesAreDeletedFromTheirStore() {
    String id = queued();
    member(project)
        .contentType("application/octet-stream")
        .body("image".getBytes(UTF_8))
        .put("/v2/images/" + id + "/file")
        .then()
        .statusCode(204);
    String stored = registry.show(Scope.service(), id).locations().getFirst().url();
    add(id, "-", location("/image")).statusCode(200).body("stores", equalTo("fast,web"));

    patch(admin(), id, remove("0")).statusCode(200).body("stores", equalTo("web"));

    // The bytes in the store go, and then there is no such location any more.
    await()
        .untilAsserted(
            () ->
                add(queued(), "-", "{\"url\": \"" + stored + "\", \"metadata\": {}}")
                    .statusCode(400));
    assertThat(member(project).get("/v2/images/" + id + "/file").asString()).isEqualTo("image");
  }

  private String queued() {
    return member(project)
        .body("{\"disk_format\": \"raw\", \"container_format\": \"bare\"}")
        .post("/v2/images")
        .then()
        .statusCode(201)
        .extract()
        .path("id");
  }

  private String active(String... names) {
    String id = queued();
    for (String name : names) {
      add(id, "-", location("/image?" + name)).statusCode(200);
    }
    return id;
  }

  private ValidatableResponse image(String id) {
    return member(project).get("/v2/images/" + id).then().statusCode(200);
  }

  private ValidatableResponse add(String id, String position, String location) {
    return patch(member(project), id, "[" + add(position, location) + "]");
  }

  private ValidatableResponse replace(String id, String locations) {
    return patch(
        member(project),
        id,
        "[{\"op\": \"replace\", \"path\": \"/locations\", \"value\": " + locations + "}]");
  }

  private static ValidatableResponse patch(RequestSpecification caller, String id, String body) {
    return caller.contentType(V2_1).body(body.getBytes(UTF_8)).patch("/v2/images/" + id).then();
  }

  private static String add(String position, String location) {
    return "{\"op\": \"add\", \"path\": \"/locations/"
        + position
        + "\", \"value\": "
        + location
        + "}";
  }

  private static String remove(String position) {
    return "[{\"op\": \"remove\", \"path\": \"/locations/" + position + "\"}]";
  }

  private static String location(String path) {
    return "{\"url\": \"" + url(path) + "\", \"metadata\": {\"a\": \"b\"}}";
  }

  private static String validated(String data) {
    return "{\"url\": \""
        + url("/image")
        + "\", \"metadata\": {}, \"validation_data\": "
        + data.replace('\'', '"')
        + "}";
  }

  private static String url(String path) {
    return "http://127.0.0.1:" + web.getAddress().getPort() + path;
  }
}
