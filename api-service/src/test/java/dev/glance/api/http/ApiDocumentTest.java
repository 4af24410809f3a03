package dev.glance.api.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.api.http.DocumentedApi.Operation;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;

/** The API's document, how it is served, and that it has each route and no other. */
@QuarkusTest
class ApiDocumentTest {
  private static final DocumentedApi API = new DocumentedApi();
  private static final Pattern GROUP = Pattern.compile("\\(([^()]*)\\)(\\??)");
  private static final Pattern OPTIONAL = Pattern.compile("([a-z])\\?");

  @Test
  void isServedToEveryoneInBothForms() {
    given()
        .get("/openapi.yaml")
        .then()
        .statusCode(200)
        .contentType("application/yaml")
        .body(Matchers.equalTo(ApiDocument.yaml()));
    given()
        .get("/openapi.json")
        .then()
        .statusCode(200)
        .contentType("application/json")
        .body("openapi", Matchers.equalTo("3.1.0"));
    given().head("/openapi.json").then().statusCode(200);
  }

  @Test
  void hasEachRouteAndItsMethods() {
    for (Route route : Route.values()) {
      for (String path : paths(route.path())) {
        Set<String> documented = methods(path);
        assertThat(documented)
            .as("methods of %s", path)
            .containsExactlyInAnyOrder(route.allow().split(", "));
      }
    }
  }

  @Test
  void hasNothingElse() {
    assertThat(API.operations())
        .filteredOn(operation -> operation.path().startsWith("/v2/"))
        .allSatisfy(
            operation -> assertThat(Route.of(operation.example())).as("%s", operation).isPresent());
  }

  @Test
  void refersToWhatIsThere() throws Exception {
    JsonNode document = new ObjectMapper().readTree(ApiDocument.json());
    assertThat(document.findValuesAsText("$ref"))
        .isNotEmpty()
        .allSatisfy(
            reference ->
                assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse());
    assertThat(API.operations().stream().map(each -> each.document().path("operationId").asText()))
        .doesNotHaveDuplicates()
        .doesNotContain("");
  }

  @Test
  void noticesWhatIsWrong() {
    String id = "6bb0d3a1-3d5c-4a4b-9b0e-0a4f0e2f1f1f";
    Map<String, String> headers =
        Map.of(
            "Content-Type", "application/json",
            "x-openstack-request-id", "req-6bb0d3a1-3d5c-4a4b-9b0e-0a4f0e2f1f1f");
    String member =
        """
        {"member_id": "p", "image_id": "%s", "status": "pending", "created_at": "2026-01-01T00:00:00Z",
         "updated_at": "2026-01-01T00:00:00Z", "schema": "/v2/schemas/member"}
        """
            .formatted(id);
    String path = "/v2/images/" + id + "/members/p";
    assertThat(problems("GET", path, 200, headers, member)).isEmpty();
    assertThat(problems("GET", path, 200, headers, member.replace("created_at", "createdAt")))
        .hasSize(2);
    assertThat(problems("GET", path, 200, headers, member.replace("pending", "maybe"))).hasSize(1);
    assertThat(problems("GET", path, 201, headers, member)).hasSize(1);
    assertThat(problems("GET", path + "?page=1", 200, headers, member)).hasSize(1);
    assertThat(problems("GET", path + "/more", 200, headers, member)).hasSize(1);
    assertThat(problems("PATCH", path, 200, headers, member)).hasSize(1);
    assertThat(problems("GET", path, 200, Map.of("Content-Type", "text/plain"), "")).hasSize(2);
  }

  private static List<String> problems(
      String method, String target, int status, Map<String, String> headers, String body) {
    return API.problems(new Exchange(method, target, Map.of(), "", status, headers, body));
  }

  private static Set<String> methods(String path) {
    return API.operations().stream()
        .filter(operation -> operation.matches(path))
        .map(Operation::method)
        .flatMap(method -> method.equals("GET") ? Stream.of("GET", "HEAD") : Stream.of(method))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Every path that a route's regular expression matches, with one text for each variable. */
  private static List<String> paths(String expression) {
    Matcher group = GROUP.matcher(expression);
    if (group.find()) {
      Stream<String> choices =
          Arrays.stream((group.group(1) + (group.group(2).isEmpty() ? "" : "|")).split("\\|", -1));
      return choices
          .flatMap(
              choice ->
                  paths(
                      expression.substring(0, group.start())
                          + choice
                          + expression.substring(group.end()))
                      .stream())
          .toList();
    }
    Matcher optional = OPTIONAL.matcher(expression);
    if (optional.find()) {
      return Stream.of("", optional.group(1))
          .flatMap(
              choice ->
                  paths(
                      expression.substring(0, optional.start())
                          + choice
                          + expression.substring(optional.end()))
                      .stream())
          .toList();
    }
    return List.of(expression.replace("[^/]+", "x"));
  }
}
