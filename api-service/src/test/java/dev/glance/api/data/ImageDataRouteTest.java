package dev.glance.api.data;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ImageDataRouteTest {
  @Inject FakeRegistry registry;

  @Test
  void bytesComeOutAsTheyWentIn() {
    String id = TestImages.queued(registry);
    byte[] bytes = TestImages.bytes(3_000_017);

    given()
        .contentType("application/octet-stream")
        .body(bytes)
        .when()
        .put("/v2/images/" + id + "/file")
        .then()
        .statusCode(204);

    Image image = registry.show(TestImages.SCOPE, id);
    assertThat(image.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(image.size()).isEqualTo(bytes.length);
    assertThat(image.checksum()).isEqualTo(TestImages.digest("MD5", bytes));
    assertThat(image.hashValue()).isEqualTo(TestImages.digest("SHA-512", bytes));
    byte[] copy =
        given().get("/v2/images/" + id + "/file").then().statusCode(200).extract().asByteArray();
    assertThat(copy).isEqualTo(bytes);
  }
}
