package dev.glance.api.auth.headers;

import static io.restassured.RestAssured.given;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The proxy is elsewhere, so what the loopback address says is worth nothing. */
@QuarkusTest
@TestProfile(OtherPeerTest.ProxyElsewhere.class)
class OtherPeerTest {
  /** An address that no test calls from. */
  public static class ProxyElsewhere implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "glance.auth.mode", "headers",
          "glance.auth.headers.trusted-peers", "192.0.2.1",
          // Whoever writes this header must not become someone else by it.
          "quarkus.http.proxy.proxy-address-forwarding", "true",
          "quarkus.http.proxy.allow-x-forwarded", "true");
    }
  }

  @Test
  void anotherPeerIsUnknown() {
    given()
        .header("X-Identity-Status", "Confirmed")
        .header("X-User-Id", "u")
        .header("X-Roles", "admin")
        .header("X-Forwarded-For", "192.0.2.1")
        .get("/v2/images")
        .then()
        .statusCode(401);
  }
}
