package dev.glance.api.http;

import static dev.glance.api.auth.headers.Personas.member;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.not;

import dev.glance.api.info.ThreeStores;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A service with several stores behind an endpoint of another name (API reference sections 1.1 to
 * 1.3).
 */
@QuarkusTest
@TestProfile(PublicEndpointTest.Behind.class)
class PublicEndpointTest {
  private static final String BASE = "https://images.example.org/image";

  /** Reached by a name and below a path. */
  public static class Behind extends ThreeStores {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>(super.getConfigOverrides());
      settings.put("glance.api.public-endpoint", BASE);
      return settings;
    }
  }

  @Test
  void everyLinkOfTheVersionsLeadsThere() {
    given()
        .get("/versions")
        .then()
        .statusCode(200)
        .body("versions.collect { it.links[0].href }", everyItem(equalTo(BASE + "/v2/")))
        .body("versions.id", hasItems("v2.8", "v2.10", "v2.13", "v2.17"))
        .body("versions.id", not(hasItems("v2.14")));
    given()
        .redirects()
        .follow(false)
        .get("/v2")
        .then()
        .statusCode(302)
        .header("Location", BASE + "/v2/");
  }

  @ParameterizedTest
  @CsvSource({"200, v2.8", "200, v2.10", "200, v2.13", "300, v2.14", "300, v2.18"})
  void theVersionsOfSeveralStoresAreAccepted(int status, String version) {
    member("a").get("/" + version + "/info/stores").then().statusCode(status);
  }
}
