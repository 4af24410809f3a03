package dev.glance.api.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.nullValue;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a browser needs to let Horizon's pages upload (API reference section 7.12). */
@QuarkusTest
@TestProfile(CorsTest.OfHorizon.class)
class CorsTest {
  private static final String HORIZON = "https://horizon.example.org";

  /** Pages of one host, and callers that must be known. */
  public static class OfHorizon implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>(new Personas().getConfigOverrides());
      settings.put("glance.api.cors.allowed-origin", HORIZON + ",https://other.example.org");
      return settings;
    }
  }

  @Test
  void aBrowserMayAskBeforeItsUserIsKnown() {
    preflight(HORIZON, "PUT", "x-auth-token, Content-Type")
        .statusCode(200)
        .header("Access-Control-Allow-Origin", HORIZON)
        .header("Access-Control-Allow-Methods", "PUT")
        .header("Access-Control-Allow-Headers", "x-auth-token,Content-Type")
        .header("Access-Control-Allow-Credentials", "true")
        .header("Access-Control-Max-Age", "3600")
        .header("Vary", "Origin");
  }

  @ParameterizedTest
  @CsvSource({
    "https://evil.example.org, PUT, X-Auth-Token",
    "https://horizon.example.org, TRACE, X-Auth-Token",
    "https://horizon.example.org, PUT, X-Odd",
  })
  void whatIsNotAllowedGetsNoHeaders(String origin, String method, String headers) {
    preflight(origin, method, headers)
        .statusCode(200)
        .header("Access-Control-Allow-Origin", nullValue());
  }

  @Test
  void everyAnswerToAPageCarriesTheHeadersErrorsToo() {
    Personas.member("p")
        .header("Origin", HORIZON)
        .get("/v2/images")
        .then()
        .statusCode(200)
        .header("Access-Control-Allow-Origin", HORIZON)
        .header(
            "Access-Control-Expose-Headers",
            "X-Image-Meta-Checksum,X-Auth-Token,X-Subject-Token,X-Service-Token,"
                + "X-OpenStack-Request-ID");
    given()
        .header("Origin", HORIZON)
        .get("/v2/images")
        .then()
        .statusCode(401)
        .header("Access-Control-Allow-Origin", HORIZON);
  }

  @Test
  void anotherOriginIsAnsweredWithoutThem() {
    Personas.member("p")
        .header("Origin", "https://evil.example.org")
        .get("/v2/images")
        .then()
        .statusCode(200)
        .header("Access-Control-Allow-Origin", nullValue());
  }

  private static ValidatableResponse preflight(String origin, String method, String headers) {
    return given()
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", headers)
        .options("/v2/images/9f3b5a1e-0000-4000-8000-000000000000/file")
        .then();
  }
}
