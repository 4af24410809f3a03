package dev.glance.api.info;

import static dev.glance.api.auth.headers.Personas.admin;
import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Discovery with several stores, one of them read-only (API reference section 2.16). */
@QuarkusTest
@TestProfile(ThreeStores.class)
class StoresResourceTest {
  private static final String DATA = "application/octet-stream";

  @Test
  void whatAStoreIsNotIsNotSaid() {
    member("a")
        .get("/v2/info/stores")
        .then()
        .statusCode(200)
        .contentType(equalTo("application/json"))
        .body(
            "stores",
            equalTo(
                List.of(
                    Map.of("id", "fast", "description", "the fast one", "default", "true"),
                    Map.of("id", "slow"),
                    Map.of("id", "web", "read-only", "true"))));
  }

  @Test
  void theDetailsAreForAdminsAndServices() {
    for (var caller : List.of(admin(), as("services", "service"))) {
      caller
          .get("/v2/info/stores/detail")
          .then()
          .statusCode(200)
          .body("stores[0].type", equalTo("memory"))
          .body("stores[0].weight", equalTo(7))
          .body("stores[0].default", equalTo("true"))
          .body("stores[0].properties", equalTo(Map.of()))
          .body("stores[1].type", equalTo("file"))
          .body("stores[1].properties.data_dir", containsString("target/slow-data"))
          .body("stores[1].properties.chunk_size", equalTo(65536))
          .body("stores[1].properties.thin_provisioning", equalTo(true))
          .body("stores[2].read-only", equalTo("true"))
          .body("stores[2].properties", equalTo(Map.of()));
    }
    member("a").get("/v2/info/stores/detail").then().statusCode(403);
  }

  @Test
  void thereAreNoImportMethodsYet() {
    member("a")
        .get("/v2/info/import")
        .then()
        .statusCode(200)
        .body("import-methods.type", equalTo("array"))
        .body("import-methods.value", empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/info/import", "/v2/info/stores", "/v2/info/stores/detail"})
  void otherMethodsAre405AndBodies400(String path) {
    admin().post(path).then().statusCode(405).header("Allow", "GET, HEAD");
    admin().delete(path).then().statusCode(405).header("Allow", "GET, HEAD");
    admin().body("{}").get(path).then().statusCode(400);
  }

  @Test
  void aReadOnlyStoreTakesNoUpload() {
    String id =
        member("a")
            .body("{\"disk_format\": \"raw\", \"container_format\": \"bare\"}")
            .post("/v2/images")
            .path("id");

    member("a")
        .contentType(DATA)
        .header("X-Image-Meta-Store", "web")
        .body(new byte[] {1})
        .put("/v2/images/" + id + "/file")
        .then()
        .statusCode(410)
        .body(containsString("read-only"));

    member("a").get("/v2/images/" + id).then().body("status", equalTo("queued"));
  }
}
