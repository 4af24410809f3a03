package dev.glance.api.data;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesRegex;

import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class ImageDataRouteTest {
  private static final Path IMAGES = Path.of("target/test-data/images");
  private static final byte[] BYTES = TestImages.bytes(3_000_017);

  @Inject FakeRegistry registry;

  @AfterEach
  void noPartIsLeft() throws IOException {
    assertThat(IMAGES.resolve(".uploads")).isEmptyDirectory();
  }

  // --- upload

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1 << 20, (1 << 20) + 1, 3_000_017})
  void bytesComeOutAsTheyWentIn(int size) {
    String id = TestImages.queued(registry);
    byte[] bytes = TestImages.bytes(size);

    put(id, bytes).then().statusCode(204).header("x-openstack-request-id", matchesRegex("req-.+"));

    Image image = registry.show(TestImages.SCOPE, id);
    assertThat(image.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(image.size()).isEqualTo(size);
    if (size == 0) {
      assertThat(image.virtualSize()).isNull();
    } else {
      assertThat(image.virtualSize()).isEqualTo(size);
    }
    assertThat(image.checksum()).isEqualTo(TestImages.digest("MD5", bytes));
    assertThat(image.hashAlgorithm()).isEqualTo("sha512");
    assertThat(image.hashValue()).isEqualTo(TestImages.digest("SHA-512", bytes));
    assertThat(image.locations())
        .singleElement()
        .satisfies(
            at -> {
              assertThat(Path.of(URI.create(at.url()))).isEqualTo(file(id)).hasSize(size);
              assertThat(at.metadata()).isEmpty();
            });
    assertThat(get(id).statusCode(200).extract().asByteArray()).isEqualTo(bytes);
  }

  @Test
  void aBodyOfUnknownLengthIsTaken() throws Exception {
    String id = TestImages.queued(registry);

    HttpResponse<String> answer = send(chunked(BYTES), id);

    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(registry.show(TestImages.SCOPE, id).size()).isEqualTo(BYTES.length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "1-1-1-1-1", "00000000-0000-0000-0000-000000000000"})
  void anUnknownImageIs404(String id) {
    put(id, BYTES).then().statusCode(404);
    get(id).statusCode(404);
    given().head(path(id)).then().statusCode(404);
  }

  @ParameterizedTest
  @CsvSource({",,'disk_format, container_format'", "raw,,container_format", ",bare,disk_format"})
  void formatsMustBeSetBefore(String diskFormat, String containerFormat, String missing) {
    String id = TestImages.queued(registry, diskFormat, containerFormat);

    put(id, BYTES)
        .then()
        .statusCode(400)
        .body(containsString("Properties " + missing + " must be set prior to saving data."));

    assertQueued(id);
  }

  @Test
  void onlyOctetStreamsAreTaken() {
    String id = TestImages.queued(registry);

    given()
        .contentType("application/json")
        .body("{}")
        .when()
        .put(path(id))
        .then()
        .statusCode(415)
        .body(containsString("application/octet-stream"));

    assertQueued(id);
  }

  @Test
  void aSecondUploadIs409() {
    String id = TestImages.queued(registry);
    put(id, BYTES).then().statusCode(204);

    put(id, new byte[10]).then().statusCode(409);

    assertThat(get(id).extract().asByteArray()).isEqualTo(BYTES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"many", "1.5", "-1", ""})
  void theSizeHeaderIsANumber(String size) {
    String id = TestImages.queued(registry);

    binary()
        .header("x-openstack-image-size", size)
        .body(BYTES)
        .put(path(id))
        .then()
        .statusCode(400);

    assertQueued(id);
  }

  @Test
  void theSizeHeaderAgreesWithContentLength() {
    String id = TestImages.queued(registry);

    binary()
        .header("x-openstack-image-size", BYTES.length + 1)
        .body(BYTES)
        .put(path(id))
        .then()
        .statusCode(400);

    assertQueued(id);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1, -2_000_000})
  void theSizeHeaderAgreesWithWhatCame(int difference) throws Exception {
    String id = TestImages.queued(registry);

    HttpResponse<String> answer =
        send(
            chunked(BYTES),
            id,
            "x-openstack-image-size",
            Integer.toString(BYTES.length + difference));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("bytes announced");
    assertQueued(id);
    put(id, BYTES).then().statusCode(204);
  }

  @Test
  void theNameOfAStoreDoesNotCountWhereThereIsOne() {
    String id = TestImages.queued(registry);

    binary().header("X-Image-Meta-Store", "moon").body(BYTES).put(path(id)).then().statusCode(204);
  }

  @Test
  void theTypeAndTheSizesAreCheckedBeforeTheId() {
    given().contentType("text/plain").body(BYTES).put(path("x")).then().statusCode(415);
    binary()
        .header("x-openstack-image-size", "x")
        .body(BYTES)
        .put(path("x"))
        .then()
        .statusCode(400);
    binary().body(BYTES).put(path("x")).then().statusCode(404);
  }

  @Test
  void aTakenNameInTheStoreIs409AndIsKept() throws IOException {
    String id = TestImages.queued(registry);
    Files.writeString(file(id), "another's");

    put(id, BYTES).then().statusCode(409);

    assertThat(file(id)).hasContent("another's");
    Files.delete(file(id));
    assertQueued(id);
    put(id, BYTES).then().statusCode(204);
  }

  @Test
  void otherMethodsAre405() {
    String id = TestImages.queued(registry);

    given().delete(path(id)).then().statusCode(405).header("Allow", "GET, HEAD, PUT");
    given().post(path(id)).then().statusCode(405).header("Allow", "GET, HEAD, PUT");
  }

  @Test
  void aTrailingSlashIs404() {
    given().get(path(TestImages.queued(registry)) + "/").then().statusCode(404);
  }

  @Test
  void anUnreachableRegistryIs503() {
    String id = TestImages.queued(registry);
    registry.setDown(true);
    try {
      put(id, BYTES).then().statusCode(503).header("Retry-After", matchesRegex("\\d+"));
      get(id).statusCode(503).header("Retry-After", matchesRegex("\\d+"));
    } finally {
      registry.setDown(false);
    }
    assertQueued(id);
  }

  // --- download

  @Test
  void theWholeImageIsDescribed() {
    String id = uploaded();

    get(id)
        .statusCode(200)
        .header("Content-Type", "application/octet-stream")
        .header("Content-Length", Integer.toString(BYTES.length))
        .header("Content-MD5", TestImages.digest("MD5", BYTES))
        .header("Accept-Ranges", "bytes")
        .header("ETag", etag());
  }

  @Test
  void headIsGetWithoutTheBytes() {
    String id = uploaded();

    given()
        .head(path(id))
        .then()
        .statusCode(200)
        .header("Content-Length", Integer.toString(BYTES.length))
        .header("ETag", etag());
    given()
        .header("Range", "bytes=0-9")
        .head(path(id))
        .then()
        .statusCode(206)
        .header("Content-Length", "10");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 0",
    "bytes=5-99, 5, 99",
    "bytes=1048575-1048576, 1048575, 1048576",
    "bytes=2999999-, 2999999, 3000016",
    "bytes=2999999-9999999, 2999999, 3000016",
    "bytes=-17, 3000000, 3000016",
    "bytes=-9999999, 0, 3000016"
  })
  void partsAreServed(String range, int first, int last) {
    String id = uploaded();

    byte[] part =
        given()
            .header("Range", range)
            .get(path(id))
            .then()
            .statusCode(206)
            .header("Content-Range", "bytes " + first + "-" + last + "/" + BYTES.length)
            .header("Content-Length", Integer.toString(last - first + 1))
            .header("Content-MD5", TestImages.digest("MD5", BYTES))
            .extract()
            .asByteArray();

    assertThat(part).isEqualTo(Arrays.copyOfRange(BYTES, first, last + 1));
  }

  @Test
  void contentRangeInARequestIsUnderstood() {
    given()
        .header("Content-Range", "bytes 3-5/*")
        .get(path(uploaded()))
        .then()
        .statusCode(206)
        .header("Content-Range", "bytes 3-5/" + BYTES.length);
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=3000017-, 416",
    "bytes=9-8, 416",
    "lines=1-2, 416",
    "bytes=x, 416",
    "'bytes=0-1,4-5', 400"
  })
  void impossiblePartsAreRefused(String range, int status) {
    ValidatableResponse answer =
        given().header("Range", range).get(path(uploaded())).then().statusCode(status);
    if (status == 416) {
      answer.header("Content-Range", "bytes */" + BYTES.length);
    }
  }

  @Test
  void whatTheClientHasIsNotSentAgain() {
    String id = uploaded();

    for (String known : new String[] {etag(), "*", "\"x\", W/" + etag()}) {
      given()
          .header("If-None-Match", known)
          .get(path(id))
          .then()
          .statusCode(304)
          .header("ETag", etag())
          .body(equalTo(""));
    }
    given().header("If-None-Match", "\"x\"").get(path(id)).then().statusCode(200);
  }

  @Test
  void ifRangeAsksForThePartOfTheSameImageOnly() {
    String id = uploaded();

    given()
        .header("Range", "bytes=0-9")
        .header("If-Range", etag())
        .get(path(id))
        .then()
        .statusCode(206);
    given()
        .header("Range", "bytes=0-9")
        .header("If-Range", "\"x\"")
        .get(path(id))
        .then()
        .statusCode(200)
        .header("Content-Length", Integer.toString(BYTES.length));
  }

  @Test
  void anImageWithoutDataIs204() {
    String id = TestImages.queued(registry);

    get(id).statusCode(204);
    given().header("Range", "bytes=0-9").get(path(id)).then().statusCode(204);
    given().header("Range", "nonsense").get(path(id)).then().statusCode(204);
    given().head(path(id)).then().statusCode(204);
  }

  @Test
  void bytesMissingFromTheStoreAre204() throws IOException {
    String id = uploaded();
    Files.delete(file(id));

    get(id).statusCode(204);
  }

  @Test
  void aRequestBodyIsNotExpectedOnGet() {
    given().body("x").get(path(uploaded())).then().statusCode(400);
  }

  // --- words of these tests

  private String uploaded() {
    String id = TestImages.queued(registry);
    put(id, BYTES).then().statusCode(204);
    return id;
  }

  private static RequestSpecification binary() {
    return given().contentType("application/octet-stream");
  }

  private static Response put(String id, byte[] bytes) {
    return binary().body(bytes).put(path(id));
  }

  private static ValidatableResponse get(String id) {
    return given().get(path(id)).then();
  }

  private static String path(String id) {
    return "/v2/images/" + id + "/file";
  }

  private static Path file(String id) {
    return IMAGES.resolve(id).toAbsolutePath();
  }

  private static String etag() {
    return '"' + TestImages.digest("SHA-512", BYTES) + '"';
  }

  private static BodyPublisher chunked(byte[] bytes) {
    return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes));
  }

  private HttpResponse<String> send(BodyPublisher body, String id, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path(id)))
            .PUT(body)
            .header("Content-Type", "application/octet-stream");
    if (headers.length > 0) {
      request.headers(headers);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), BodyHandlers.ofString(UTF_8));
    }
  }

  private void assertQueued(String id) {
    Image image = registry.show(TestImages.SCOPE, id);
    assertThat(image.status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(image.size()).isNull();
    assertThat(file(id)).doesNotExist();
    try (Stream<Path> parts = Files.list(IMAGES.resolve(".uploads"))) {
      assertThat(parts).isEmpty();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
