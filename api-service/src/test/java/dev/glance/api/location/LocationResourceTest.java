package dev.glance.api.location;

import static dev.glance.api.auth.headers.Personas.admin;
import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.emptyOrNullString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import com.sun.net.httpserver.HttpServer;
import dev.glance.api.info.ThreeStores;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.Location;
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.ImagesApi.ImageChange;
import dev.glance.model.registry.ImagesApi.Relocation;
import dev.glance.model.registry.Scope;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The calls about locations (API reference sections 2.14 and 2.15), which do not need {@code
 * show-multiple-locations}.
 */
@QuarkusTest
@TestProfile(ThreeStores.class)
class LocationResourceTest {
  private static final String SHA256 = "ab".repeat(32);

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

  @Test
  void anAddedLocationMakesTheImageActive() {
    String id = queued();

    add(member(project), id, "{'url': 'WEB/image'}").statusCode(202).body(emptyOrNullString());

    member(project)
        .get("/v2/images/" + id)
        .then()
        .body("status", equalTo("active"))
        .body("size", equalTo(5))
        .body("os_hash_algo", nullValue())
        .body("os_hash_value", nullValue())
        .body("checksum", nullValue())
        .body("stores", equalTo("web"))
        .body("$", not(hasKey("locations")));
    assertThat(member(project).get("/v2/images/" + id + "/file").asString()).isEqualTo("image");
    assertThat(locations(id))
        .isEqualTo(List.of(Map.of("url", url("/image"), "metadata", Map.of("store", "web"))));
  }

  @Test
  void aGivenDigestIsKeptUnchecked() {
    String id = queued();

    add(
            member(project),
            id,
            "{'url': 'WEB/image', 'validation_data': {'os_hash_algo': 'sha256', 'os_hash_value': '"
                + SHA256
                + "'}}")
        .statusCode(202);

    member(project)
        .get("/v2/images/" + id)
        .then()
        .body("status", equalTo("active"))
        .body("os_hash_algo", equalTo("sha256"))
        .body("os_hash_value", equalTo(SHA256));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[]",
        "[{'url': 'WEB/image'}]",
        "{}",
        "{'url': null}",
        "{'url': 7}",
        "{'url': 'WEB/image', 'validation_data': null}",
        "{'url': 'WEB/image', 'validation_data': []}",
        "{'url': 'WEB/image', 'validation_data': {'checksum': 'ab'}}",
        "{'url': 'WEB/image', 'validation_data': {'os_hash_algo': 'sha256'}}",
        "{'url': 'WEB/image', 'validation_data': {'os_hash_value': 'ab'}}",
        "{'url': 'WEB/image', 'validation_data': {'os_hash_algo': 'sha3_512', 'os_hash_value': 'ab'}}",
        "{'url': 'WEB/image', 'validation_data': {'os_hash_algo': 5, 'os_hash_value': 'ab'}}",
      })
  void aBodyOfAnotherFormIs400BeforeTheImageIsLookedFor(String body) {
    add(member(project), "no-id", body).statusCode(400);
    add(member(project), UUID.randomUUID().toString(), body).statusCode(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'sha256', 'os_hash_value': 'no hex'",
        "'sha256', 'os_hash_value': 'abc'",
        "'sha256', 'os_hash_value': 'abcd'",
        "'md5', 'os_hash_value': 'abcd'",
        "'sha1', 'os_hash_value': 'abcd'",
        "'sha512', 'os_hash_value': 'abcd'"
      })
  void aDigestThatIsNoneIs400(String digest) {
    String id = queued();

    add(
            member(project),
            id,
            "{'url': 'WEB/image', 'validation_data': {'os_hash_algo': " + digest + "}}")
        .statusCode(400);
    assertThat(locations(id)).isEmpty();
  }

  @Test
  void theImageMustBeQueuedWhateverThePolicySays() {
    String id = queued();
    add(member(project), id, "{'url': 'WEB/image'}").statusCode(202);

    add(member(project), id, "{'url': 'WEB/image'}").statusCode(409);
    add(as(project, "reader"), id, "{'url': 'WEB/image'}").statusCode(409);
    add(member("stranger"), id, "{'url': 'WEB/image'}").statusCode(404);
  }

  @Test
  void addingIsForTheOwnersMembersAndServices() {
    String id = queued();

    add(as(project, "reader"), id, "{'url': 'WEB/image'}").statusCode(403);
    add(member("stranger"), id, "{'url': 'WEB/image'}").statusCode(404);
    add(member(project), id, "{'url': 'memory://fast/x'}")
        .statusCode(403)
        .body(containsString("http store must be enabled"));
    add(admin(), id, "{'url': 'memory://fast/x'}").statusCode(403);
    add(as(project, "service,member,reader"), id, "{'url': 'WEB/image'}").statusCode(202);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"WEB/nothing", "WEB/empty", "file:///etc/passwd", "http://10.0.0.1/", "http://["})
  void whatTurnsOutToBeNoLocationLeavesTheImageQueued(String url) {
    String id = queued();

    add(as(project, "service,member,reader"), id, "{'url': '" + url + "'}").statusCode(202);

    member(project).get("/v2/images/" + id).then().body("status", equalTo("queued"));
    assertThat(locations(id)).isEmpty();
  }

  @Test
  void withoutFormatsTheImageStaysQueued() {
    String id =
        member(project).body("{}").post("/v2/images").then().statusCode(201).extract().path("id");

    add(member(project), id, "{'url': 'WEB/image'}").statusCode(202);

    member(project).get("/v2/images/" + id).then().body("status", equalTo("queued"));
  }

  @Test
  void locationsAreListedForServices() {
    String id = queued();

    as("other", "service").get("/v2/images/" + id + "/locations").then().statusCode(404);
    admin().get("/v2/images/" + id + "/locations").then().statusCode(200).body(equalTo("[]"));
    as(project, "service,reader")
        .get("/v2/images/" + id + "/locations")
        .then()
        .statusCode(200)
        .contentType(equalTo("application/json"));
    member(project).get("/v2/images/" + id + "/locations").then().statusCode(403);
    member("stranger").get("/v2/images/" + id + "/locations").then().statusCode(404);
    admin().get("/v2/images/no-id/locations").then().statusCode(404);
    admin().body("{}").get("/v2/images/" + id + "/locations").then().statusCode(400);
  }

  /** Defect 7 of the API reference: upstream leaves GET out. */
  @Test
  void allowNamesGetAndPost() {
    admin()
        .put("/v2/images/" + queued() + "/locations")
        .then()
        .statusCode(405)
        .header("Allow", "GET, HEAD, POST");
  }

  @Test
  void dataIsRemovedFromOneStore() {
    String id = inTwoStores();

    admin().delete("/v2/stores/moon/" + id).then().statusCode(409);
    admin().delete("/v2/stores/fast/no-id").then().statusCode(404);
    admin().delete("/v2/stores/slow/" + id).then().statusCode(404);
    member(project).delete("/v2/stores/fast/" + id).then().statusCode(403);
    member("stranger").delete("/v2/stores/fast/" + id).then().statusCode(404);
    admin().body("{}").delete("/v2/stores/fast/" + id).then().statusCode(400);

    admin().delete("/v2/stores/fast/" + id).then().statusCode(204);

    member(project).get("/v2/images/" + id).then().body("stores", equalTo("web"));
    assertThat(member(project).get("/v2/images/" + id + "/file").asString()).isEqualTo("image");
    admin()
        .delete("/v2/stores/web/" + id)
        .then()
        .statusCode(403)
        .body(containsString("Consider deleting the image instead"));
    admin().get("/v2/stores/web/" + id).then().statusCode(405).header("Allow", "DELETE");
  }

  @Test
  void onlyActiveImagesLoseDataFromAStore() {
    admin().delete("/v2/stores/fast/" + queued()).then().statusCode(409);
    String id = inTwoStores();
    member(project).post("/v2/images/" + id + "/actions/deactivate").then().statusCode(204);
    admin().delete("/v2/stores/fast/" + id).then().statusCode(409);
  }

  /** One in the memory store and one on the web. */
  private String inTwoStores() {
    String id = queued();
    member(project)
        .contentType("application/octet-stream")
        .body("image".getBytes(UTF_8))
        .put("/v2/images/" + id + "/file")
        .then()
        .statusCode(204);
    Image image = registry.show(Scope.service(), id);
    List<Location> both = new ArrayList<>(image.locations());
    both.add(new Location(url("/image"), Map.of("store", "web")));
    registry.update(
        Scope.service(),
        id,
        new ImageChange(
            image.version(),
            ImageAttributes.of(image),
            null,
            new Relocation(both, null, null, null, null)));
    return id;
  }

  private List<Object> locations(String id) {
    return admin().get("/v2/images/" + id + "/locations").then().extract().path("$");
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

  private static ValidatableResponse add(RequestSpecification caller, String id, String body) {
    String json = body.replace('\'', '"').replace("WEB", url(""));
    return caller.body(json).post("/v2/images/" + id + "/locations").then();
  }

  private static String url(String path) {
    return "http://127.0.0.1:" + web.getAddress().getPort() + path;
  }
}
