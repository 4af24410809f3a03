package dev.glance.api.task;

import static dev.glance.api.auth.headers.Personas.admin;
import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tasks API (API reference section 2.17) and the tasks of images (2.9). */
@QuarkusTest
@TestProfile(Personas.class)
class TaskResourceTest {
  private static final String INPUT =
      "{'import_from': 'http://h/x', 'import_from_format': 'raw', 'image_properties': {}}";

  @Test
  void aPostedTaskIsPending() {
    Response response = post("{'type': 'import', 'input': " + INPUT + "}");

    Map<String, Object> task = response.then().statusCode(201).extract().path("$");
    String id = String.valueOf(task.get("id"));
    assertThat(response.header("Location")).endsWith("/v2/tasks/" + id);
    assertThat(task)
        .containsOnlyKeys(
            "id",
            "type",
            "status",
            "input",
            "result",
            "owner",
            "message",
            "request_id",
            "user_id",
            "created_at",
            "updated_at",
            "self",
            "schema")
        .containsEntry("type", "import")
        .containsEntry("status", "pending")
        .containsEntry("owner", "ops")
        .containsEntry("message", "")
        .containsEntry("result", null)
        .containsEntry("user_id", "user-of-ops")
        .containsEntry("request_id", response.header("x-openstack-request-id"))
        .containsEntry("self", "/v2/tasks/" + id)
        .containsEntry("schema", "/v2/schemas/task");
    assertThat(String.valueOf(task.get("created_at"))).matches("[0-9T:-]{19}Z");
    admin()
        .get("/v2/tasks/" + id)
        .then()
        .statusCode(200)
        .body("input.import_from", equalTo("http://h/x"));
    Map<String, Object> stub =
        admin().get("/v2/tasks").then().statusCode(200).extract().path("tasks[0]");
    assertThat(stub)
        .containsOnlyKeys(
            "id", "type", "status", "owner", "created_at", "updated_at", "self", "schema");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[]",
        "[{'type': 'import'}]",
        "{}",
        "{'type': 'import'}",
        "{'input': {}}",
        "{'type': 'export', 'input': {}}",
        "{'type': null, 'input': {}}",
        "{'type': 7, 'input': {}}",
        "{'type': 'api_image_import', 'input': []}",
        "{'type': 'api_image_import', 'input': 'x'}",
        "{'type': 'api_image_import', 'input': {'a': '\\u0000'}}",
        "{'type': 'api_image_import', 'input': {'\\ud800': 1}}",
        "{'type': 'import', 'input': null}",
        "{'type': 'import', 'input': {}}",
        "{'type': 'import', 'input': {'import_from': 'http://h/x'}}",
        "{'type': 'import', 'input': {'import_from': 'file:///x', 'import_from_format': 'raw',"
            + " 'image_properties': {}}}",
        "{'type': 'import', 'input': {'import_from': null, 'import_from_format': 'raw',"
            + " 'image_properties': {}}}",
      })
  void whatDescribesNoTaskIs400(String body) {
    post(body).then().statusCode(400);
  }

  @Test
  void tasksAreForAdmins() {
    String id = post("{'type': 'location_import', 'input': null}").then().extract().path("id");

    member("a").get("/v2/tasks").then().statusCode(403);
    member("a").get("/v2/tasks?sort_dir=x").then().statusCode(403);
    member("a").get("/v2/tasks/" + id).then().statusCode(403);
    member("a").body("x").post("/v2/tasks").then().statusCode(403);
    admin().get("/v2/tasks/" + id).then().statusCode(200).body("input", nullValue());
    admin().get("/v2/tasks/" + UUID.randomUUID()).then().statusCode(404);
    admin().get("/v2/tasks/no-id").then().statusCode(404);
  }

  @Test
  void aTaskCannotBeDeleted() {
    String id = post("{'type': 'location_import', 'input': null}").then().extract().path("id");

    admin().delete("/v2/tasks/" + id).then().statusCode(405).header("Allow", "GET, HEAD");
    member("a").delete("/v2/tasks/" + id).then().statusCode(405);
    admin().put("/v2/tasks").then().statusCode(405).header("Allow", "GET, HEAD, POST");
  }

  @Test
  void listsGoOnAndKeepTheirParameters() {
    for (int i = 0; i < 3; i++) {
      post("{'type': 'api_image_import', 'input': {}}").then().statusCode(201);
    }

    ValidatableResponse page =
        admin()
            .get("/v2/tasks?status=pending&x=1&x=2&limit=2&sort_key=created_at&sort_dir=asc")
            .then()
            .statusCode(200)
            .body("schema", equalTo("/v2/schemas/tasks"))
            .body(
                "first",
                equalTo(
                    "/v2/tasks?status=pending&x=1&x=2&limit=2&sort_key=created_at&sort_dir=asc"))
            .body("next", startsWith("/v2/tasks?status=pending&x=1&x=2&limit=2"));

    List<String> ids = page.extract().path("tasks.id");
    assertThat(ids).hasSize(2);
    String next = page.extract().path("next");
    List<String> more = admin().get(next).then().statusCode(200).extract().path("tasks.id");
    assertThat(more).isNotEmpty().doesNotContainAnyElementsOf(ids);
    admin().get("/v2/tasks?limit=0").then().statusCode(200).body("tasks", empty());
    admin().get("/v2/tasks?status=success").then().statusCode(200).body("tasks", empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sort_dir=up",
        "sort_key=input",
        "sort_key=",
        "status=odd",
        "type=odd",
        "marker=x",
        "marker=11111111-1111-1111-1111-111111111111",
        "limit=x",
        "limit=-1",
        "limit="
      })
  void aQueryThatIsNotUnderstoodIs400(String query) {
    admin().get("/v2/tasks?" + query).then().statusCode(400);
  }

  @Test
  void anImageHasTheTasksAboutIt() {
    String id = member("a").body("{}").post("/v2/images").path("id");
    admin()
        .body(
            "{\"type\": \"location_import\", \"input\": {\"image_id\": \""
                + id.toUpperCase(Locale.ROOT)
                + "\"}}")
        .post("/v2/tasks")
        .then()
        .statusCode(201);

    member("a").get("/v2/images/" + id + "/tasks").then().statusCode(200).body("tasks", empty());
    Map<String, Object> task =
        admin()
            .get("/v2/images/" + id + "/tasks")
            .then()
            .statusCode(200)
            .body("tasks.status", contains("pending"))
            .extract()
            .path("tasks[0]");
    assertThat(task)
        .containsOnlyKeys(
            "id",
            "type",
            "status",
            "owner",
            "expires_at",
            "created_at",
            "updated_at",
            "deleted_at",
            "deleted",
            "image_id",
            "request_id",
            "user_id",
            "input",
            "result",
            "message")
        .containsEntry("deleted", false)
        .containsEntry("expires_at", null);
    assertThat(String.valueOf(task.get("created_at"))).matches("[0-9T:-]{19}\\.\\d{6}");
    member("b").get("/v2/images/" + id + "/tasks").then().statusCode(404);
    member("a").get("/v2/images/no-id/tasks").then().statusCode(404);
    member("a").body("{}").get("/v2/images/" + id + "/tasks").then().statusCode(400);
  }

  /** Defect 7 of the API reference: upstream answers 404. */
  @Test
  void otherMethodsOnImageTasksAre405() {
    admin()
        .post("/v2/images/" + UUID.randomUUID() + "/tasks")
        .then()
        .statusCode(405)
        .header("Allow", "GET, HEAD");
  }

  @Test
  void anAddedLocationLeavesATaskThatSaysWhatBecameOfIt() {
    String id =
        member("a")
            .body("{\"disk_format\": \"raw\", \"container_format\": \"bare\"}")
            .post("/v2/images")
            .path("id");
    Response added =
        as("a", "service,member,reader")
            .body("{\"url\": \"http://127.0.0.1/nothing\"}")
            .post("/v2/images/" + id + "/locations");
    added.then().statusCode(202);

    member("a")
        .get("/v2/images/" + id + "/tasks")
        .then()
        .body("tasks.type", contains("location_import"))
        .body("tasks.status", contains("failure"))
        .body("tasks.message", contains("Invalid location"))
        .body("tasks[0].request_id", equalTo(added.header("x-openstack-request-id")))
        .body("tasks[0].input.loc_url", equalTo("http://127.0.0.1/nothing"))
        .body("tasks[0].expires_at", startsWith("20"));
  }

  @Test
  void theSchemasAreInTheShortForm() {
    Map<String, Object> item = member("a").get("/v2/schemas/task").path("$");
    assertThat(item).containsOnlyKeys("name", "properties").containsEntry("name", "task");
    member("a")
        .get("/v2/schemas/task")
        .then()
        .body("properties.keySet()", hasItems("input", "result", "message", "expires_at"))
        .body("properties.status.enum", contains("pending", "processing", "success", "failure"));
    member("a")
        .get("/v2/schemas/tasks")
        .then()
        .statusCode(200)
        .body("name", equalTo("tasks"))
        .body("properties.tasks.items.properties.input", nullValue())
        .body("links.rel", contains("describedby"));
    member("a").post("/v2/schemas/tasks").then().statusCode(405);
  }

  private static Response post(String body) {
    return admin().body(body.replace('\'', '"')).post("/v2/tasks");
  }
}
