package dev.glance.api.http;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Links behind a proxy that says how it was called. */
class ProxyHeadersTest {
  @QuarkusTest
  static class ByDefault {
    @Test
    void theHeadersHaveNoEffect() {
      given()
          .header("X-Forwarded-Proto", "https")
          .header("X-Forwarded-Host", "images.example.org")
          .get("/versions")
          .then()
          .body("versions[0].links[0].href", startsWith("http://127.0.0.1:"));
    }
  }

  @QuarkusTest
  @TestProfile(WhenParsed.Parsing.class)
  static class WhenParsed {
    /** Behind a proxy. */
    public static class Parsing implements QuarkusTestProfile {
      @Override
      public Map<String, String> getConfigOverrides() {
        return Map.of("glance.api.enable-proxy-headers-parsing", "true");
      }
    }

    @Test
    void theLinksAreTheProxys() {
      given()
          .header("X-Forwarded-Proto", "https")
          .header("X-Forwarded-Host", "images.example.org")
          .get("/versions")
          .then()
          .body("versions[0].links[0].href", equalTo("https://images.example.org/v2/"));
      given()
          .header("Forwarded", "proto=https;host=images.example.org;for=192.0.2.1")
          .get("/versions")
          .then()
          .body("versions[0].links[0].href", equalTo("https://images.example.org/v2/"));
    }
  }
}
