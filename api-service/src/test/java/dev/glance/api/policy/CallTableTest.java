package dev.glance.api.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.CsvFileSource;

/** What each kind of caller is answered, call by call, against the table in {@code calls.csv}. */
@QuarkusTest
@TestProfile(Personas.class)
class CallTableTest {
  private static final String PATCH = "application/openstack-images-v2.1-json-patch";

  private static final String TASK =
      """
      {"type": "import",
       "input": {"import_from": "https://example.org/image", "import_from_format": "raw",
                 "image_properties": {}}}
      """;

  /** In the order of the table's columns. */
  private static final Map<String, Supplier<RequestSpecification>> CALLERS = new LinkedHashMap<>();

  static {
    CALLERS.put("admin", Personas::admin);
    CALLERS.put("member", () -> Personas.member("p1"));
    CALLERS.put("reader", () -> Personas.as("p1", "reader"));
    CALLERS.put("other", () -> Personas.member("p2"));
    CALLERS.put("share", () -> Personas.member("p3"));
    CALLERS.put("service", () -> Personas.as("services", "service"));
    CALLERS.put("system", Personas::systemAdmin);
  }

  @ParameterizedTest(name = "{0}, {1}")
  @CsvFileSource(
      resources = "/dev/glance/api/policy/calls.csv",
      numLinesToSkip = 1,
      ignoreLeadingAndTrailingWhitespace = true)
  void whoIsAnsweredWhat(String call, String visibility, ArgumentsAccessor row) {
    Map<String, Integer> expected = new TreeMap<>();
    Map<String, Integer> answered = new TreeMap<>();
    int column = 2;
    for (Map.Entry<String, Supplier<RequestSpecification>> caller : CALLERS.entrySet()) {
      expected.put(caller.getKey(), row.getInteger(column++));
      // A new image for each: some calls change it.
      String id = visibility.equals("-") ? "" : image(call, visibility);
      answered.put(caller.getKey(), call(caller.getValue().get(), call, id).statusCode());
    }

    assertThat(answered).isEqualTo(expected);
  }

  private static Response call(RequestSpecification as, String call, String id) {
    String image = "/v2/images/" + id;
    return switch (call) {
      case "list images" -> as.get("/v2/images");
      case "create" -> as.body("{}").post("/v2/images");
      case "create public" -> as.body("{\"visibility\": \"public\"}").post("/v2/images");
      case "create community" -> as.body("{\"visibility\": \"community\"}").post("/v2/images");
      case "create for p1" -> as.body("{\"owner\": \"p1\"}").post("/v2/images");
      case "show" -> as.get(image);
      case "rename" -> patch(as, image, "replace", "/name", "\"x\"");
      case "change nothing" -> as.contentType(PATCH).body("[]".getBytes(UTF_8)).patch(image);
      case "publicize" -> patch(as, image, "replace", "/visibility", "\"public\"");
      case "communitize" -> patch(as, image, "replace", "/visibility", "\"community\"");
      case "make private" -> patch(as, image, "replace", "/visibility", "\"private\"");
      case "give away" -> patch(as, image, "replace", "/owner", "\"p9\"");
      case "add a location" ->
          patch(as, image, "add", "/locations/-", "{\"url\": \"http://x/\", \"metadata\": {}}");
      case "remove a location" -> patch(as, image, "remove", "/locations/0", "null");
      case "delete" -> as.delete(image);
      case "upload" ->
          as.contentType("application/octet-stream").body(new byte[1]).put(image + "/file");
      case "download", "download deactivated" -> as.get(image + "/file");
      case "head of the data" -> as.head(image + "/file");
      case "deactivate" -> as.post(image + "/actions/deactivate");
      case "reactivate" -> as.post(image + "/actions/reactivate");
      case "list members" -> as.get(image + "/members");
      case "show the member" -> as.get(image + "/members/p3");
      case "add a member" -> as.body("{\"member\": \"p4\"}").post(image + "/members");
      case "accept" -> as.body("{\"status\": \"accepted\"}").put(image + "/members/p3");
      case "remove the member" -> as.delete(image + "/members/p3");
      case "put a tag" -> as.put(image + "/tags/new");
      case "take a tag off" -> as.delete(image + "/tags/old");
      case "list the tasks of the image" -> as.get(image + "/tasks");
      case "fetch the locations" -> as.get(image + "/locations");
      case "list tasks" -> as.get("/v2/tasks");
      case "post a task" -> as.body(TASK).post("/v2/tasks");
      case "show usage" -> as.get("/v2/info/usage");
      case "list stores in detail" -> as.get("/v2/info/stores/detail");
      case "read the image schema" -> as.get("/v2/schemas/image");
      case "list import methods" -> as.get("/v2/info/import");
      default -> throw new IllegalArgumentException("no such call: " + call);
    };
  }

  private static Response patch(
      RequestSpecification as, String image, String operation, String path, String value) {
    String body =
        "[{\"op\": \"%s\", \"path\": \"%s\", \"value\": %s}]".formatted(operation, path, value);
    return as.contentType(PATCH).body(body.getBytes(UTF_8)).patch(image);
  }

  /** An image of p1 in the state that the call is about. */
  private static String image(String call, String visibility) {
    String body =
        """
        {"owner": "p1", "visibility": "%s", "disk_format": "raw", "container_format": "bare",
         "tags": ["old"]}
        """
            .formatted(visibility);
    String id = Personas.admin().body(body).post("/v2/images").path("id");
    String image = "/v2/images/" + id;
    if (visibility.equals("shared")) {
      Personas.admin().body("{\"member\": \"p3\"}").post(image + "/members");
    }
    if (!call.equals("upload")) {
      Personas.admin()
          .contentType("application/octet-stream")
          .body(new byte[1])
          .put(image + "/file")
          .then()
          .statusCode(204);
    }
    if (call.equals("reactivate") || call.equals("download deactivated")) {
      Personas.admin().post(image + "/actions/deactivate").then().statusCode(204);
    }
    return id;
  }
}
