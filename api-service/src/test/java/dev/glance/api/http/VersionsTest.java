package dev.glance.api.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.http.Versions.Version;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Version discovery and negotiation (API reference section 1). */
@QuarkusTest
class VersionsTest {
  @ParameterizedTest
  @CsvSource({
    "200, /versions",
    "200, /versions/anything",
    "300, /",
    "300, /v1/images",
    "300, /v10",
    "300, /va.1/x",
    "300, /foo",
    "300, /v2.8/images",
    "300, /v2.14/images",
    "300, /v2.99/images",
  })
  void discoveryListsTheVersions(int status, String path) {
    for (String method : List.of("GET", "POST")) {
      given()
          .request(method, path)
          .then()
          .statusCode(status)
          .contentType("application/json")
          .body("versions.id", Matchers.equalTo(ids(Versions.listed(false, false))))
          .body("versions.find { it.status == 'CURRENT' }.id", Matchers.equalTo("v2.17"))
          .body("versions[0].links[0].href", Matchers.matchesRegex("http://[^/]+:\\d+/v2/"));
    }
  }

  @Test
  void theBareVersionRedirects() {
    given()
        .redirects()
        .follow(false)
        .get("/v2")
        .then()
        .statusCode(302)
        .header("Location", Matchers.endsWith("/v2/"));
    given().get("/v2/").then().statusCode(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v2", "v2.0", "v2.1", "v2.7", "v2.9", "v2.15", "v2.17"})
  void everyAcceptedVersionIsTheSameApi(String version) {
    given().get("/" + version + "/schemas/image").then().statusCode(200);
    given()
        .queryParam("limit", 0)
        .get("/" + version + "/images")
        .then()
        .statusCode(200)
        .body("first", Matchers.equalTo("/v2/images?limit=0"));
    given()
        .header("Accept", "application/vnd.openstack.images-" + version)
        .get("/schemas/image")
        .then()
        .statusCode(200);
  }

  @Test
  void anUnknownVersionInTheMediaTypeIs300() {
    given()
        .header("Accept", "application/vnd.openstack.images-v3")
        .get("/v2/images")
        .then()
        .statusCode(300);
  }

  @Test
  void theListDependsOnMultistoreAndCache() {
    assertThat(ids(Versions.listed(false, false)))
        .containsExactly(
            "v2.15", "v2.9", "v2.17", "v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1",
            "v2.0");
    assertThat(ids(Versions.listed(true, false)))
        .startsWith("v2.15", "v2.13", "v2.12", "v2.11", "v2.10", "v2.9", "v2.8", "v2.17", "v2.7");
    assertThat(ids(Versions.listed(true, true)))
        .startsWith("v2.18", "v2.17", "v2.16", "v2.15", "v2.14", "v2.13");
    assertThat(Versions.listed(true, true).stream().filter(Version::isCurrent))
        .containsExactly(new Version("v2.18", true));
  }

  private static List<String> ids(List<Version> versions) {
    return versions.stream().map(Version::id).toList();
  }
}
