package dev.glance.api.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.StoreException;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.http.HttpClosedException;
import jakarta.inject.Inject;
import jakarta.ws.rs.ProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The error body by Accept, through a Jakarta REST resource and through plain Vert.x. */
@QuarkusTest
class ErrorsTest {
  private static final String PATCH = "application/openstack-images-v2.1-json-patch";
  private static final String ID = "11111111-1111-1111-1111-111111111111";

  @Inject FakeRegistry registry;

  /** A resource, a filter, and a path that nobody serves. */
  @ParameterizedTest
  @ValueSource(strings = {"/v2/images/" + ID, "/v2/images/", "/v2/absent", "/v2/images/a/b/c"})
  void theBodyIsInTheFormThatTheClientLikesBest(String path) {
    accepting("application/json")
        .get(path)
        .then()
        .statusCode(404)
        .contentType("application/json")
        .body("code", Matchers.equalTo("404 Not Found"))
        .body("title", Matchers.equalTo("Not Found"))
        .body("message", Matchers.endsWith("<br /><br />\n\n\n"));
    for (String accept : new String[] {"text/html", "*/*", "text/html, application/json"}) {
      accepting(accept)
          .get(path)
          .then()
          .statusCode(404)
          .contentType("text/html")
          .body(Matchers.containsString("<h1>404 Not Found</h1>"));
    }
    for (String accept : new String[] {"text/plain", "image/png"}) {
      accepting(accept)
          .get(path)
          .then()
          .statusCode(404)
          .contentType("text/plain")
          .body(Matchers.startsWith("404 Not Found\n\n"));
    }
    accepting("text/html;q=0.5, application/json").get(path).then().contentType("application/json");
    accepting("application/json, */*;q=0.1").get(path).then().contentType("application/json");
  }

  @Test
  void whatAClientSentComesBackEscaped() {
    accepting("text/html")
        .get("/v2/images?sort_key=<script>")
        .then()
        .statusCode(400)
        .body(Matchers.not(Matchers.containsString("<script>")));
  }

  @Test
  void tooLargeIsInTheFormThatTheClientLikesToo() {
    String large = "x".repeat(RequestBody.LIMIT_BYTES + 1);

    accepting("application/json")
        .body(large)
        .post("/v2/images")
        .then()
        .statusCode(413)
        .contentType("application/json");
    accepting("application/json")
        .config(
            RestAssured.config()
                .encoderConfig(
                    EncoderConfig.encoderConfig().encodeContentTypeAs(PATCH, ContentType.TEXT)))
        .contentType(PATCH)
        .body(large)
        .patch("/v2/images/" + ID)
        .then()
        .statusCode(413)
        .contentType("application/json");
  }

  @Test
  void anUnreachableRegistryIs503AndTheClientIsToldToTryAgain() {
    registry.setDown(true);
    try {
      accepting("application/json")
          .get("/v2/images")
          .then()
          .statusCode(503)
          .header("Retry-After", "1")
          .body("message", Matchers.containsString("registry"));
    } finally {
      registry.setDown(false);
    }
    given().get("/v2/images").then().statusCode(200);
  }

  @ParameterizedTest
  @CsvSource({"/v2/images", "/versions", "/", "/v2/absent", "/healthcheck", "/healthcheck/live"})
  void everyAnswerCarriesARequestId(String path) {
    assertThat(given().get(path).header(RequestId.HEADER))
        .matches("req-\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
  }

  @Test
  void aRequestIdThatIsTooLongIs431() {
    given().header(RequestId.HEADER, "r".repeat(64)).get("/v2/images").then().statusCode(200);
    given()
        .header(RequestId.HEADER, "r".repeat(65))
        .get("/v2/images")
        .then()
        .statusCode(431)
        .header(RequestId.HEADER, Matchers.startsWith("req-"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2//images",
        "//v2/images",
        "/v2/images//" + ID,
        "/v2/images/.",
        "/v2/./images",
        "/v2/images/%2e%2E/images",
        "/v2/images;x=y",
        "/v2.1//images"
      })
  void aPathThatIsNotTidyIsNowhere(String path) throws IOException {
    assertThat(answer("GET " + path, "")).startsWith("HTTP/1.1 404 ").contains(RequestId.HEADER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '`',
      value = {
        "200 /v2/images?name=in:\"glass,%20darkly\"",
        "200 /v2/images?name=a|b{c}[d]^",
        "404 /v2/images/{a|b}",
        "400 /v2/images?name=%zz",
        "400 /v2/images/%zz",
        "400 /v2/images?name=%",
      })
  void rawCharactersInAUrlAreRead(int status, String uri) throws IOException {
    assertThat(answer("GET " + uri, ""))
        .startsWith("HTTP/1.1 " + status + " ")
        .contains(RequestId.HEADER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bogus", "a/b/c", "/", "text/plain; x"})
  void aContentTypeThatMakesNoSenseCountsAsNone(String type) throws IOException {
    String headers = "Content-Type: " + type + "\r\nContent-Length: 2\r\n";

    assertThat(answer("POST /v2/images", headers + "\r\n{}")).startsWith("HTTP/1.1 201 ");
    assertThat(answer("PATCH /v2/images/" + ID, headers + "\r\n[]"))
        .startsWith("HTTP/1.1 415 ")
        .containsIgnoringCase(PatchMedia.HEADER);
    assertThat(answer("PUT /v2/images/" + ID + "/file", headers + "\r\nxx"))
        .startsWith("HTTP/1.1 415 ");
  }

  @Test
  void aBodyThatEndsEarlyIsTheSendersFault() throws IOException {
    String chunked = "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nnonsense\r\n";

    assertThat(answer("POST /v2/images", chunked)).doesNotStartWith("HTTP/1.1 5");
    // Its reads fail, as there is nothing at its other end.
    InputStream cut = new PipedInputStream();

    assertThatThrownBy(() -> RequestBody.json(cut))
        .isInstanceOfSatisfying(
            GlanceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining("ended early");
  }

  @Test
  void aUrlMayBe16KLong() throws IOException {
    assertThat(answer("GET /v2/images?name=" + "x".repeat(16_000), "")).startsWith("HTTP/1.1 200 ");
  }

  /** What client libraries do not send: a request by hand, its head's rest and body included. */
  private static String answer(String request, String rest) throws IOException {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
      client.setSoTimeout(5000);
      String text = request + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + rest;
      client
          .getOutputStream()
          .write((rest.isEmpty() ? text + "\r\n" : text).getBytes(StandardCharsets.US_ASCII));
      return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/images/%ff", "/v2/images?name=%c3%28", "/v2/images?name=%00"})
  void aUrlThatIsNotUtf8Is400(String uri) {
    given().urlEncodingEnabled(false).get(uri).then().statusCode(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%zz", "/%", "/%a", "/\u00ff"})
  void noClientLibrarySendsTheseButSomeoneWill(String uri) {
    assertThat(UrlCheck.isUtf8(uri)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/%c3%a4?x=%41", "/\u00c3\u00a4"})
  void utf8MayBeEscapedOrNot(String uri) {
    assertThat(UrlCheck.isUtf8(uri)).isTrue();
  }

  @Test
  void everyExceptionHasItsCode() {
    Map<Throwable, ErrorCode> codes =
        Map.ofEntries(
            Map.entry(new GlanceException(ErrorCode.UPLOAD_GONE, "x"), ErrorCode.UPLOAD_GONE),
            Map.entry(new StoreException.NotFound("x", null), ErrorCode.NOT_FOUND),
            Map.entry(new StoreException.AlreadyExists("x", null), ErrorCode.CONFLICT),
            Map.entry(new StoreException.InUse("x", null), ErrorCode.CONFLICT),
            Map.entry(new StoreException.Full("x", null), ErrorCode.LIMIT_EXCEEDED),
            Map.entry(new StoreException.Denied("x", null), ErrorCode.STORE_UNAVAILABLE),
            Map.entry(new StoreException.Unavailable("x", null), ErrorCode.STORE_UNAVAILABLE),
            Map.entry(new StoreException.Cancelled("x", null), ErrorCode.STORE_UNAVAILABLE),
            Map.entry(new ProcessingException("x"), ErrorCode.REGISTRY_UNAVAILABLE),
            Map.entry(new HttpClosedException("closed"), ErrorCode.REGISTRY_UNAVAILABLE),
            Map.entry(new IllegalStateException("x"), ErrorCode.INTERNAL));

    codes.forEach((error, code) -> assertThat(Errors.code(error)).isEqualTo(code));
  }

  private static RequestSpecification accepting(String accept) {
    return given().header("Accept", accept);
  }
}
