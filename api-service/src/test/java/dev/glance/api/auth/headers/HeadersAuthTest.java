package dev.glance.api.auth.headers;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy on the loopback address that shows a secret is believed; nobody else is. */
@QuarkusTest
@TestProfile(HeadersAuthTest.BehindAProxy.class)
class HeadersAuthTest {
  /** Both ways to know the proxy. */
  public static class BehindAProxy implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "glance.auth.mode", "headers",
          "glance.auth.headers.trusted-peers", "127.0.0.0/8,::1",
          "glance.auth.headers.secret", "let me in");
    }
  }

  @Test
  void theProxySaysWhoIsCalling() {
    create(proxy().header("X-Project-Id", "p1").header("X-Roles", "member"))
        .statusCode(201)
        .body("owner", equalTo("p1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Tenant-Id", "X-Tenant"})
  void theOldNamesOfTheProjectHold(String name) {
    create(proxy().header(name, "p2").header("X-Roles", "member"))
        .statusCode(201)
        .body("owner", equalTo("p2"));
  }

  @Test
  void rolesInOddCaseCount() {
    // Only an admin may choose the owner.
    given(proxy().header("X-Project-Id", "p1").header("X-Roles", " Reader , ADMIN,"))
        .contentType(ContentType.JSON)
        .body("{\"owner\": \"p9\"}")
        .post("/v2/images")
        .then()
        .statusCode(201)
        .body("owner", equalTo("p9"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Invalid", "confirmed", "", " "})
  void whatIsNotConfirmedIsUnknown(String status) {
    RequestSpecification request =
        given().header("X-Glance-Proxy-Secret", "let me in").header("X-Identity-Status", status);
    request
        .header("X-User-Id", "u")
        .header("X-Roles", "admin")
        .get("/v2/images")
        .then()
        .statusCode(401);
  }

  @Test
  void withoutTheSecretTheHeadersHaveNoEffect() {
    RequestSpecification forged =
        given()
            .header("X-Identity-Status", "Confirmed")
            .header("X-User-Id", "u")
            .header("X-Project-Id", "p1")
            .header("X-Roles", "admin");
    forged.get("/v2/images").then().statusCode(401);
    forged.header("X-Glance-Proxy-Secret", "let me i").get("/v2/images").then().statusCode(401);
  }

  @Test
  void aHeaderThatSomeoneGaveBeforeTheProxyIsNotBelieved() {
    given(proxy().header("X-Roles", "admin").header("X-Roles", "reader"))
        .get("/v2/images")
        .then()
        .statusCode(401);
    given(proxy().header("X-Identity-Status", "Invalid")).get("/v2/images").then().statusCode(401);
  }

  @Test
  void discoveryAndHealthNeedNoIdentity() {
    given().get("/").then().statusCode(300);
    given().get("/healthcheck/live").then().statusCode(200);
  }

  private static RequestSpecification proxy() {
    return given()
        .header("X-Glance-Proxy-Secret", "let me in")
        .header("X-Identity-Status", "Confirmed")
        .header("X-User-Id", "u");
  }

  private static ValidatableResponse create(RequestSpecification request) {
    return given(request)
        .contentType(ContentType.JSON)
        .body("{\"name\": \"x\"}")
        .post("/v2/images")
        .then();
  }
}
