package dev.glance.api.auth.basic;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers known by name and password, over HTTP. */
@QuarkusTest
@TestProfile(BasicAuthTest.WithUsers.class)
class BasicAuthTest {
  private static final Path USERS = Path.of("target/basic-auth-test/users.htpasswd");
  private static final Path PROJECTS = Path.of("target/basic-auth-test/users.htpasswd.projects");
  private static final String CHALLENGE = "Basic realm=\"glance\", charset=\"UTF-8\"";
  private static final Duration NOTICED = Duration.ofSeconds(20);

  /** The files of {@link #write}, there before the service starts. */
  public static class WithUsers implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      write();
      return Map.of(
          "glance.auth.mode", "http_basic",
          "glance.auth.http-basic.users-file", USERS.toString(),
          "glance.auth.http-basic.admin-password", "of the settings");
    }
  }

  @BeforeEach
  void alice() {
    write();
    await().atMost(NOTICED).until(() -> status("alice", "wonderland"), equalTo(200));
  }

  @Test
  void aNameAndItsPasswordOpenTheProject() {
    given(as("alice", "wonderland"))
        .contentType(ContentType.JSON)
        .body("{\"name\": \"x\"}")
        .post("/v2/images")
        .then()
        .statusCode(201)
        .body("owner", equalTo("lab"));
    assertThat(status("jürgen", "grün")).isEqualTo(200);
    assertThat(status("admin", "of the settings")).isEqualTo(200);
  }

  @Test
  void aWrongPasswordAndAnUnknownNameAreTheSame() {
    for (RequestSpecification request :
        new RequestSpecification[] {
          as("alice", "Wonderland"), as("nobody", "wonderland"), as("admin", "wonderland"), given()
        }) {
      request
          .get("/v2/images")
          .then()
          .statusCode(401)
          .header("WWW-Authenticate", CHALLENGE)
          .header("x-openstack-request-id", org.hamcrest.Matchers.startsWith("req-"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Basic",
        "Basic !",
        "Basic YWxpY2U=",
        "Bearer YWxpY2U6d29uZGVybGFuZA==",
        "Negotiate"
      })
  void aMalformedHeaderIsNobodys(String header) {
    given()
        .header("Authorization", header)
        .get("/v2/images")
        .then()
        .statusCode(401)
        .header("WWW-Authenticate", CHALLENGE);
  }

  @Test
  void soIsOneThatIsNotUtf8OrTooLongOrThereTwice() {
    String latin =
        Base64.getEncoder().encodeToString("jürgen:grün".getBytes(StandardCharsets.ISO_8859_1));
    given().header("Authorization", "Basic " + latin).get("/v2/images").then().statusCode(401);
    as("alice", "x".repeat(8000)).get("/v2/images").then().statusCode(401);
    given(as("alice", "wonderland"))
        .header("Authorization", "Basic eDp5")
        .get("/v2/images")
        .then()
        .statusCode(401);
  }

  @Test
  void aKeystoneTokenAndIdentityHeadersCountForNothing() {
    given()
        .header("X-Auth-Token", "token")
        .header("X-Identity-Status", "Confirmed")
        .header("X-Roles", "admin")
        .get("/v2/images")
        .then()
        .statusCode(401);
  }

  @Test
  void discoveryNeedsNoPassword() {
    given().get("/").then().statusCode(300);
    given().get("/healthcheck").then().statusCode(200);
  }

  @Test
  void aChangeOfTheFilesIsNoticed() throws IOException {
    String without = Files.readString(USERS).replaceFirst("alice:.*\n", "");
    Files.writeString(USERS, without);
    await().atMost(NOTICED).until(() -> status("alice", "wonderland"), equalTo(401));
    assertThat(status("jürgen", "grün")).isEqualTo(200);
  }

  @Test
  void aBrokenFileLeavesTheUsersAsTheyWere() throws IOException {
    Files.writeString(USERS, "mallory:plain text\n");
    // Long enough to have been read, and alice's proof is forgotten only by a good reading.
    await().during(Duration.ofSeconds(3)).until(() -> status("alice", "wonderland"), equalTo(200));
    assertThat(status("mallory", "plain text")).isEqualTo(401);

    Files.delete(USERS);
    await().during(Duration.ofSeconds(3)).until(() -> status("alice", "wonderland"), equalTo(200));
  }

  @Test
  void aMoveToAnotherProjectIsNoticed() throws IOException {
    assertThat(ownerOfANewImage()).isEqualTo("lab");
    Files.writeString(PROJECTS, "alice:elsewhere:member\n");
    await().atMost(NOTICED).until(BasicAuthTest::ownerOfANewImage, equalTo("elsewhere"));
  }

  private static String ownerOfANewImage() {
    return given(as("alice", "wonderland"))
        .contentType(ContentType.JSON)
        .body("{\"name\": \"x\"}")
        .post("/v2/images")
        .path("owner");
  }

  private static int status(String name, String password) {
    return as(name, password).get("/v2/images").statusCode();
  }

  private static RequestSpecification as(String name, String password) {
    String both = name + ":" + password;
    return given()
        .header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
  }

  private static void write() {
    try {
      Files.createDirectories(USERS.getParent());
      Files.writeString(USERS, "alice:" + hash("wonderland") + "\njürgen:" + hash("grün") + "\n");
      Files.writeString(PROJECTS, "alice:lab:admin\njürgen:lab:reader\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String password) {
    return PasswordHash.make(password.getBytes(StandardCharsets.UTF_8), 4);
  }
}
