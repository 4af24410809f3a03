package dev.glance.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.emptyOrNullString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import dev.glance.api.auth.headers.Personas;
import dev.glance.api.info.ThreeStores;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules that all routes share, for each of them (API reference section 2.0). */
@QuarkusTest
@TestProfile(ThreeStores.class)
class RouteTest {
  private static final List<String> METHODS =
      List.of("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT");

  /** What takes a body, which is JSON but for an image's bytes. */
  private static final Set<String> WITH_BODY =
      Set.of(
          "POST IMAGES",
          "PATCH IMAGE",
          "PUT IMAGE_FILE",
          "POST LOCATIONS",
          "POST MEMBERS",
          "PUT MEMBER",
          "POST TASKS",
          "POST NAMESPACES",
          "PUT NAMESPACE",
          "POST DEFINITIONS",
          "PUT DEFINITION",
          "PUT METADEF_TAG",
          "POST ASSOCIATIONS");

  private static final String PATCH = "application/openstack-images-v2.1-json-patch";

  private static final String IMAGE = "11111111-1111-4111-8111-111111111111";

  /** What a call is: a method on a path of a route. */
  record Call(String method, String path, Route route) {
    boolean isTaken() {
      return route.takes(method);
    }

    boolean hasBody() {
      return WITH_BODY.contains(method + " " + route);
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  static Stream<Call> calls() {
    return Stream.of(Route.values())
        .flatMap(
            route ->
                paths(route).stream()
                    .flatMap(path -> METHODS.stream().map(m -> new Call(m, path, route))));
  }

  static Stream<Call> refused() {
    return calls().filter(call -> !call.isTaken());
  }

  /** An answer to HEAD has no body to look at. */
  static Stream<Call> refusedWithAnswer() {
    return refused().filter(call -> !call.method().equals("HEAD"));
  }

  static Stream<Call> taken() {
    return calls().filter(Call::isTaken);
  }

  static Stream<Call> withBody() {
    return taken().filter(Call::hasBody).filter(call -> call.route() != Route.IMAGE_FILE);
  }

  static Stream<Call> withoutBody() {
    // The client of these tests sends no body with HEAD; the schemas of tasks take any (2.19).
    return taken()
        .filter(call -> !call.hasBody() && !call.method().equals("HEAD"))
        .filter(call -> !call.path().startsWith("/v2/schemas/task"))
        .filter(call -> !ignoresBodies(call));
  }

  static Stream<Call> ignoringBodies() {
    return taken().filter(RouteTest::ignoresBodies);
  }

  /** The calls for which upstream does not look. */
  private static boolean ignoresBodies(Call call) {
    return call.method().equals("GET")
        && Set.of(
                "/v2/images",
                "/v2/tasks",
                "/v2/metadefs/namespaces",
                "/v2/metadefs/namespaces/n/objects",
                "/v2/metadefs/namespaces/n/tags",
                "/v2/metadefs/namespaces/n/properties/p")
            .contains(call.path());
  }

  static Stream<Call> heads() {
    return taken().filter(call -> call.method().equals("HEAD"));
  }

  /** One path for each form that a route has; a new route has to be told here. */
  private static List<String> paths(Route route) {
    String id = "/v2/images/" + IMAGE;
    String namespace = "/v2/metadefs/namespaces/n";
    return switch (route) {
      case IMAGES -> List.of("/v2/images");
      case IMAGE -> List.of(id);
      case IMAGE_FILE -> List.of(id + "/file");
      case IMAGE_TASKS -> List.of(id + "/tasks");
      case IMAGE_DEACTIVATE -> List.of(id + "/actions/deactivate");
      case IMAGE_REACTIVATE -> List.of(id + "/actions/reactivate");
      case IMAGE_TAG -> List.of(id + "/tags/t");
      case LOCATIONS -> List.of(id + "/locations");
      case STORE_IMAGE -> List.of("/v2/stores/fast/" + IMAGE);
      case MEMBERS -> List.of(id + "/members");
      case MEMBER -> List.of(id + "/members/m");
      case TASKS -> List.of("/v2/tasks");
      case TASK -> List.of("/v2/tasks/" + IMAGE);
      case INFO_IMPORT -> List.of("/v2/info/import");
      case INFO_STORES -> List.of("/v2/info/stores", "/v2/info/stores/detail");
      case NAMESPACES -> List.of("/v2/metadefs/namespaces");
      case NAMESPACE -> List.of(namespace);
      case DEFINITIONS ->
          List.of(namespace + "/objects", namespace + "/properties", namespace + "/tags");
      case DEFINITION -> List.of(namespace + "/objects/o", namespace + "/properties/p");
      case METADEF_TAG -> List.of(namespace + "/tags/t");
      case ASSOCIATIONS -> List.of(namespace + "/resource_types");
      case ASSOCIATION -> List.of(namespace + "/resource_types/r");
      case RESOURCE_TYPES -> List.of("/v2/metadefs/resource_types");
      case METADEF_SCHEMA ->
          Stream.of("namespace", "object", "resource_type", "tag")
              .flatMap(kind -> Stream.of(kind, kind + "s"))
              .map(kind -> "/v2/schemas/metadefs/" + kind)
              .toList();
      case METADEF_PROPERTY_SCHEMA ->
          List.of("/v2/schemas/metadefs/property", "/v2/schemas/metadefs/properties");
      case INFO_USAGE -> List.of("/v2/info/usage");
      case SCHEMA ->
          Stream.of("image", "images", "member", "members", "task", "tasks")
              .map(kind -> "/v2/schemas/" + kind)
              .toList();
    };
  }

  /** So that the routes below it get as far as they can. */
  @BeforeEach
  void theImageIsThere() {
    String body =
        "{\"id\": \"%s\", \"disk_format\": \"raw\", \"container_format\": \"bare\"}"
            .formatted(IMAGE);
    assertThat(Personas.admin().body(body).post("/v2/images").statusCode()).isIn(201, 409);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void aMethodThatTheRouteDoesNotTakeIs405(Call call) {
    String method = call.method();
    String path = call.path();
    Response response = accepting("application/json").request(method, path);

    response
        .then()
        .statusCode(405)
        .header("Allow", call.route().allow())
        .header(RequestId.HEADER, startsWith("req-"));
    if (!method.equals("HEAD")) {
      response.then().contentType("application/json").body("title", equalTo("Method Not Allowed"));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("heads")
  void headAnswersLikeGetWithoutTheBody(Call call) {
    String path = call.path();
    Response get = accepting("application/json").get(path);
    Response head = accepting("application/json").head(path);

    head.then().statusCode(get.statusCode()).body(emptyOrNullString());
    for (String header : List.of("Content-Type", "ETag", "Content-MD5")) {
      assertThat(Optional.ofNullable(head.header(header)))
          .as(header)
          .isEqualTo(Optional.ofNullable(get.header(header)));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("withoutBody")
  void aBodyWhereNoneBelongsIs400(Call call) {
    String method = call.method();
    String path = call.path();
    accepting("application/json")
        .contentType("application/json")
        .body("{}")
        .request(method, path)
        .then()
        .statusCode(400)
        .header(RequestId.HEADER, startsWith("req-"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ignoringBodies")
  void aBodyChangesNothingWhereUpstreamDoesNotLook(Call call) {
    int status = accepting("application/json").get(call.path()).statusCode();

    accepting("application/json")
        .contentType("application/json")
        .body("{}")
        .get(call.path())
        .then()
        .statusCode(status);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("withBody")
  void aBodyThatIsNoUtf8OrNoJsonOrMissingIs400(Call call) {
    String method = call.method();
    String path = call.path();
    String type = method.equals("PATCH") ? PATCH : "application/json";
    for (byte[] body :
        List.of(
            new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'},
            "{".getBytes(StandardCharsets.US_ASCII),
            "7".getBytes(StandardCharsets.US_ASCII),
            "\"x\"".getBytes(StandardCharsets.US_ASCII),
            new byte[0])) {
      Response response =
          accepting("application/json").contentType(type).body(body).request(method, path);
      response.then().statusCode(400).contentType("application/json");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("taken")
  void aUrlThatIsNoUtf8Is400(Call call) {
    String method = call.method();
    String path = call.path();
    accepting("*/*")
        .request(method, path + "?x=%ff")
        .then()
        .statusCode(400)
        .header(RequestId.HEADER, startsWith("req-"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("taken")
  void aRequestIdOfMoreThan64CharactersIs431(Call call) {
    String method = call.method();
    String path = call.path();
    accepting("text/html")
        .header(RequestId.HEADER, "r".repeat(65))
        .request(method, path)
        .then()
        .statusCode(431)
        .header(RequestId.HEADER, startsWith("req-"));
    // It changes nothing: the calls that do something are made by the other tests.
    if (method.equals("GET")) {
      Response response =
          accepting("text/html").header(RequestId.HEADER, "r".repeat(64)).request(method, path);
      assertThat(response.statusCode()).isNotEqualTo(431);
      assertThat(response.header(RequestId.HEADER)).startsWith("req-");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusedWithAnswer")
  void anErrorIsInTheFormThatTheClientLikesBest(Call call) {
    String method = call.method();
    String path = call.path();
    accepting("application/json").request(method, path).then().contentType("application/json");
    accepting("*/*")
        .request(method, path)
        .then()
        .contentType("text/html")
        .body(containsString("<h1>405 Method Not Allowed</h1>"));
    accepting("text/plain")
        .request(method, path)
        .then()
        .contentType("text/plain")
        .body(startsWith("405 Method Not Allowed\n\n"), not(containsString("<")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("taken")
  void aTrailingSlashLeadsNowhere(Call call) {
    String method = call.method();
    String path = call.path();
    assertThat(Route.of(path)).as("its route").hasValue(call.route());
    accepting("*/*").request(method, path + "/").then().statusCode(404);
  }

  /** Of no route: the answer is no more than that, whatever the method. */
  @Test
  void whatIsNoRouteIs404() {
    for (String method : METHODS) {
      accepting("*/*").request(method, "/v2/absent").then().statusCode(404);
    }
  }

  private static RequestSpecification accepting(String type) {
    return Personas.admin()
        .noContentType()
        .urlEncodingEnabled(false)
        .accept(type)
        .config(
            RestAssured.config()
                .encoderConfig(
                    EncoderConfig.encoderConfig()
                        .encodeContentTypeAs(PATCH, ContentType.TEXT)
                        .appendDefaultContentCharsetToContentTypeIfUndefined(false)));
  }
}
