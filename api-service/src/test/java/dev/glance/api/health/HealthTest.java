package dev.glance.api.health;

import static io.restassured.RestAssured.given;

import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;

/** Readiness tells the registry from the stores; liveness and load balancers care for neither. */
@QuarkusTest
class HealthTest {
  @Inject FakeRegistry registry;
  @Inject BackendHealth health;

  @Test
  void readinessFollowsTheRegistry() {
    health.ask();
    given()
        .get("/healthcheck/ready")
        .then()
        .statusCode(200)
        .body(
            "checks.name", Matchers.containsInAnyOrder("registry", "stores", "Graceful Shutdown"));

    registry.setDown(true);
    try {
      health.ask();
      given()
          .get("/healthcheck/ready")
          .then()
          .statusCode(503)
          .body("checks.find { it.name == 'registry' }.status", Matchers.equalTo("DOWN"))
          .body("checks.find { it.name == 'stores' }.status", Matchers.equalTo("UP"));
      given().get("/healthcheck/live").then().statusCode(200);
      given().get("/healthcheck").then().statusCode(200);
    } finally {
      registry.setDown(false);
    }

    health.ask();
    given().get("/healthcheck/ready").then().statusCode(200);
  }

  @Test
  void theFormThatLoadBalancersKnow() {
    given()
        .get("/healthcheck")
        .then()
        .statusCode(200)
        .contentType("text/plain")
        .body(Matchers.equalTo("OK"));
    given()
        .header("Accept", "application/json")
        .get("/healthcheck")
        .then()
        .contentType("application/json")
        .body("detailed", Matchers.equalTo(false))
        .body("reasons", Matchers.empty());
    given().header("Accept", "text/html").get("/healthcheck").then().contentType("text/html");
    given().head("/healthcheck").then().statusCode(200);
  }
}
