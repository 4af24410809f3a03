package dev.glance.api.data;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;

import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two stores: one that answers with streams, and one without room. */
@QuarkusTest
@TestProfile(MultistoreDataTest.TwoStores.class)
class MultistoreDataTest {
  private static final byte[] BYTES = TestImages.bytes(2_000_003);

  @Inject FakeRegistry registry;

  /** The reserve of the second store is larger than any disk. */
  public static class TwoStores implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "glance.api.default-store", "fast",
          "glance.stores.fast.type", "memory",
          "glance.stores.full.type", "file",
          "glance.stores.full.file.directory", "target/full-data",
          "glance.stores.full.file.reserve", "1E");
    }
  }

  @Test
  void aStreamIsSentWhole() {
    String id = TestImages.queued(registry);
    put(id, "fast").then().statusCode(204);

    byte[] copy =
        given()
            .get(path(id))
            .then()
            .statusCode(200)
            .header("Content-Length", Integer.toString(BYTES.length))
            .extract()
            .asByteArray();

    assertThat(copy).isEqualTo(BYTES);
    assertThat(registry.show(TestImages.SCOPE, id).locations())
        .singleElement()
        .satisfies(at -> assertThat(at.metadata()).containsEntry("store", "fast"));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 0",
    "bytes=262143-262144, 262143, 262144",
    "bytes=-5, 1999998, 2000002"
  })
  void partsOfAStreamAreSent(String range, int first, int last) {
    String id = TestImages.queued(registry);
    put(id, "fast").then().statusCode(204);

    byte[] part =
        given()
            .header("Range", range)
            .get(path(id))
            .then()
            .statusCode(206)
            .header("Content-Range", "bytes " + first + "-" + last + "/" + BYTES.length)
            .extract()
            .asByteArray();

    assertThat(part).isEqualTo(Arrays.copyOfRange(BYTES, first, last + 1));
    given()
        .head(path(id))
        .then()
        .statusCode(200)
        .header("Content-Length", Integer.toString(BYTES.length));
  }

  @Test
  void aFullStoreIs413AndLeavesNothing() {
    String id = TestImages.queued(registry);

    put(id, "full").then().statusCode(413).body(containsString("no room"));

    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(Path.of("target/full-data/.uploads")).isEmptyDirectory();
    assertThat(registry.pendingJobs()).isZero();
    put(id, "fast").then().statusCode(204);
  }

  @Test
  void anUnknownStoreIs400() {
    String id = TestImages.queued(registry);

    put(id, "moon").then().statusCode(400);

    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
  }

  private static Response put(String id, String store) {
    return given()
        .contentType("application/octet-stream")
        .header("X-Image-Meta-Store", store)
        .body(BYTES)
        .put(path(id));
  }

  private static String path(String id) {
    return "/v2/images/" + id + "/file";
  }
}
