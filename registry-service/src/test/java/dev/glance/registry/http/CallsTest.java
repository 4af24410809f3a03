package dev.glance.registry.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import dev.glance.model.registry.Scope;
import dev.glance.registry.EmbeddedDatabase;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every call to the registry meets before and after a feature's own work. */
@QuarkusTest
@QuarkusTestResource(EmbeddedDatabase.class)
class CallsTest {
  private static final String ANY_IMAGE = "/images/b2173dd3-7ad6-4362-baa6-a68bce3565cb";

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer", "Bearer wrong", "test-token", "Basic dGVzdA=="})
  void callWithoutTheTokenIsRefused(String authorization) {
    given()
        .header("Authorization", authorization)
        .get(ANY_IMAGE)
        .then()
        .statusCode(401)
        .body("code", equalTo("UNAUTHENTICATED"));
  }

  @Test
  void unknownPathIsRefusedWithoutTheTokenToo() {
    given().get("/no/such/path").then().statusCode(401);
    authorized().get("/no/such/path").then().statusCode(404).body("code", equalTo("NOT_FOUND"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/healthcheck/live", "/healthcheck/ready"})
  void healthNeedsNoToken(String path) {
    given().get(path).then().statusCode(200).body("status", equalTo("UP"));
  }

  /** Monitoring asks as probes do. */
  @Test
  void metricsNeedNoToken() {
    given()
        .get("/metrics")
        .then()
        .statusCode(200)
        .body(containsString("glance_database_connections{state=\"active\"}"))
        .body(containsString("jvm_memory_used_bytes{"));
  }

  @Test
  void refusalCarriesItsCodeAndSentence() {
    authorized()
        .get(ANY_IMAGE)
        .then()
        .statusCode(404)
        .body("code", equalTo("IMAGE_NOT_FOUND"))
        .body("message", containsString("b2173dd3"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"li",
        "[]",
        "{\"limit\": \"many\", \"sort\": [], \"filters\": [], \"isHidden\": false}",
        "{\"limit\": 1, \"sort\": [{\"key\": \"COLOUR\"}], \"filters\": [], \"isHidden\": false}",
        "{\"limit\": 1}",
      })
  void malformedBodyIsTheCallersMistake(String body) {
    authorized()
        .contentType("application/json")
        .body(body)
        .post("/images/query")
        .then()
        .statusCode(400)
        .body("code", equalTo("INVALID_REQUEST"))
        .body("message", not(containsString("dev.glance")));
  }

  @Test
  void valueThatPostgresCannotHoldIsTheCallersMistake() {
    authorized()
        .contentType("application/json")
        .body(
            """
            {"attributes": {"name": "a\\u0000b", "visibility": "shared", "isProtected": false,
             "isHidden": false, "tags": [], "minDisk": 0, "minRam": 0, "properties": {}}}
            """)
        .post("/images")
        .then()
        .statusCode(400)
        .body("code", equalTo("INVALID_REQUEST"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", ";;"})
  void malformedScopeIsTheCallersMistake(String scope) {
    given()
        .header("Authorization", "Bearer test-token")
        .header(Scope.HEADER, scope)
        .get(ANY_IMAGE)
        .then()
        .statusCode(400);
  }

  @Test
  void missingScopeIsTheCallersMistake() {
    given()
        .header("Authorization", "Bearer test-token")
        .get(ANY_IMAGE)
        .then()
        .statusCode(400)
        .body("message", containsString(Scope.HEADER));
  }

  @Test
  void wrongMethodIsSaid() {
    authorized().delete("/jobs/claim").then().statusCode(405);
  }

  private static RequestSpecification authorized() {
    return given()
        .header("Authorization", "Bearer test-token")
        .header(Scope.HEADER, Scope.service().toString());
  }
}
