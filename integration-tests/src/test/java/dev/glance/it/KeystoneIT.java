package dev.glance.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What both services make of real tokens of a real Keystone. */
class KeystoneIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String CACHE_TIME = "glance.auth.keystone.token-cache-time";
  private static final String LONG = "10m";

  @RegisterExtension private static final Installation GLANCE = new Installation();

  private static RealKeystone keystone;
  private static Http http;
  private static String admin;
  private static String member;
  private static String nova;

  @BeforeAll
  static void start() {
    keystone = RealKeystone.running();
    http = new Http(GLANCE.api().url());
    keystone.configure(GLANCE.api());
    GLANCE
        .api()
        .set("glance.auth.keystone.www-authenticate-uri", "https://keystone.example.org/v3")
        .set(CACHE_TIME, LONG);
    GLANCE.start();
    admin = keystone.token("admin", "admin");
    member = keystone.token("member", "demo");
    nova = keystone.token("nova", "service");
  }

  @AfterAll
  static void stop() throws IOException {
    GLANCE.close();
  }

  // ---- who is known

  @Test
  void aMemberMakesUsesAndDeletesAnImageOfTheProject() {
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    HttpResponse<byte[]> created = create(member);
    assertThat(created.statusCode()).as(Images.text(created)).isEqualTo(201);
    assertThat(Images.json(created).path("owner").asText()).isEqualTo(keystone.project("demo"));
    String image = "/v2/images/" + Images.json(created).path("id").asText();

    HttpResponse<byte[]> upload =
        http.send(
            "PUT",
            image + "/file",
            bytes,
            "X-Auth-Token",
            member,
            "Content-Type",
            "application/octet-stream");

    assertThat(upload.statusCode()).as(Images.text(upload)).isEqualTo(204);
    assertThat(get(image + "/file", member).body()).isEqualTo(bytes);
    assertThat(http.get(image, "X-Storage-Token", member).statusCode()).isEqualTo(200);
    String other = keystone.token("other", "other");
    assertThat(get(image, other).statusCode()).isEqualTo(404);
    assertThat(get(image, admin).statusCode()).isEqualTo(200);
    assertThat(http.send("DELETE", image, new byte[0], "X-Auth-Token", member).statusCode())
        .isEqualTo(204);
  }

  @Test
  void withoutATokenAllButDiscoveryAndHealthIsRefused() {
    assertThat(http.status("/")).isEqualTo(300);
    assertThat(http.status("/versions")).isEqualTo(200);
    assertThat(http.status("/healthcheck")).isEqualTo(200);
    assertThat(http.status("/healthcheck/ready")).isEqualTo(200);
    for (String path : List.of("/v2/images", "/v2/schemas/image", "/v2/nowhere")) {
      assertRefused(http.get(path));
    }
    assertRefused(create("unknown"));
    assertRefused(http.get("/v2/images", "X-Service-Token", nova));
  }

  @ParameterizedTest
  @ValueSource(strings = {"unknown", "gAAAAA", "a b", "../../v3/users", "%00", "\""})
  void whatIsNoTokenIsRefused(String token) {
    assertRefused(get("/v2/images", token));
  }

  @Test
  void bytesThatAreNoTextAreRefused() {
    assertThat(statusOfRaw("täken".getBytes(UTF_8))).isEqualTo(401);
    assertThat(statusOfRaw(new byte[] {(byte) 0xff, (byte) 0x80})).isEqualTo(401);
    assertThat(statusOfRaw(new byte[] {' ', '\t', ' '})).isEqualTo(401);
    assertThat(statusOfRaw(new byte[] {'a', 0, 'b'})).isEqualTo(400);
  }

  @Test
  void aTokenThatWasCutOrChangedIsRefused() {
    assertRefused(get("/v2/images", member.substring(0, member.length() - 1)));
    assertRefused(get("/v2/images", member.substring(1)));
    assertRefused(get("/v2/images", member + "A"));
    assertThat(get("/v2/images", "  " + member + " ").statusCode()).isEqualTo(200);
  }

  @Test
  void aHugeTokenIsRefusedAndHarmsNobody() {
    assertRefused(get("/v2/images", "x".repeat(8_000)));
    assertRefused(get("/v2/images", "x".repeat(16_000)));
    assertThat(statusOfRaw("x".repeat(10 << 20).getBytes(UTF_8))).isEqualTo(431);
    assertThat(get("/v2/images", member).statusCode()).isEqualTo(200);
  }

  @Test
  void identityHeadersOfAClientMeanNothing() {
    String[] forged = {
      "X-Identity-Status", "Confirmed",
      "X-User-Id", keystone.user("admin"),
      "X-Project-Id", keystone.project("admin"),
      "X-Tenant-Id", keystone.project("admin"),
      "X-Roles", "admin",
      "X-Role", "admin",
      "X-Is-Admin-Project", "True",
      "X-Service-Identity-Status", "Confirmed",
      "X-Service-Roles", "service,admin",
      "OpenStack-System-Scope", "all"
    };
    String image = "/v2/images/" + Images.json(create(admin)).path("id").asText();

    assertRefused(http.get("/v2/images", forged));
    assertThat(http.get(image, with(forged, "X-Auth-Token", member)).statusCode()).isEqualTo(404);
    assertThat(http.get(image, with(forged, "X-Auth-Token", admin)).statusCode()).isEqualTo(200);
  }

  @Test
  void rolesAreComparedInLowerCase() {
    assertThat(create(keystone.token("odd", "demo")).statusCode()).isEqualTo(201);
  }

  @Test
  void applicationCredentialsWorkAsTheirUsers() {
    String token = keystone.credentialToken("member", "demo", null);

    assertThat(create(token).statusCode()).isEqualTo(201);
  }

  @Test
  void anApplicationCredentialWithAccessRulesAllowsOnlyThose() {
    String token =
        keystone.credentialToken(
            "member",
            "demo",
            """
            [{"service": "image", "method": "GET", "path": "/v2/images"},
             {"service": "image", "method": "POST", "path": "/v2/{what}"},
             {"service": "image", "method": "PATCH", "path": "/v2/images/*"},
             {"service": "image", "method": "DELETE", "path": "/v2/images/**"},
             {"service": "compute", "method": "GET", "path": "/v2/**"}]
            """);
    HttpResponse<byte[]> created = create(token);
    String image = "/v2/images/" + Images.json(created).path("id").asText();

    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(get("/v2/images?limit=1", token).statusCode()).isEqualTo(200);
    assertRefused(get(image, token));
    assertRefused(get("/v2/schemas/image", token));
    assertRefused(get("/v2//images", token), 401, 404);
    assertRefused(get(image, token, "X-Service-Token", "no token at all"));
    assertThat(get(image, token, "X-Service-Token", nova).statusCode()).isEqualTo(200);
    assertRefused(http.send("PATCH", image + "/file", new byte[0], "X-Auth-Token", token));
    assertThat(http.send("DELETE", image, new byte[0], "X-Auth-Token", token).statusCode())
        .isEqualTo(204);
  }

  // ---- services and expired tokens

  @Test
  void anExpiredTokenCountsOnlyBesideAServiceToken() throws InterruptedException {
    String seen = keystone.shortToken("member", "demo", Duration.ofSeconds(4));
    String unseen = keystone.shortToken("member", "demo", Duration.ofSeconds(4));
    HttpResponse<byte[]> created = create(seen);
    assertThat(created.statusCode()).as(Images.text(created)).isEqualTo(201);
    String image = "/v2/images/" + Images.json(created).path("id").asText();
    Await.until(SOON, "the token expires", () -> get(image, seen).statusCode() == 401);
    TimeUnit.SECONDS.sleep(1);

    for (String expired : List.of(seen, unseen)) {
      assertRefused(get(image, expired));
      assertThat(get(image, expired, "X-Service-Token", nova).statusCode()).isEqualTo(200);
      assertRefused(get(image, expired));
      // A service's role is what counts, not any valid token.
      assertRefused(get(image, expired, "X-Service-Token", member));
      assertRefused(get(image, expired, "X-Service-Token", "unknown"));
    }
    HttpResponse<byte[]> upload =
        http.send(
            "PUT",
            image + "/file",
            "bytes".getBytes(UTF_8),
            "X-Auth-Token",
            unseen,
            "X-Service-Token",
            nova,
            "Content-Type",
            "application/octet-stream");
    assertThat(upload.statusCode()).as(Images.text(upload)).isEqualTo(204);
  }

  @Test
  void anUploadOutlivesItsToken() throws InterruptedException {
    String token = keystone.shortToken("member", "demo", Duration.ofSeconds(3));
    String id = Images.json(create(member)).path("id").asText();
    try (SlowUpload upload = new SlowUpload(GLANCE.api().url(), id, 10, "X-Auth-Token: " + token)) {
      upload.send(new byte[5]);
      Await.until(SOON, "the token expires", () -> get("/v2/images", token).statusCode() == 401);
      upload.send(new byte[5]);

      assertThat(upload.answer()).isEqualTo(204);
    }
  }

  @Test
  void aTokenThatIsNoServicesChangesNothing() {
    assertThat(get("/v2/images", member, "X-Service-Token", "unknown").statusCode()).isEqualTo(200);
    assertThat(get("/v2/images", member, "X-Service-Token", member).statusCode()).isEqualTo(200);
  }

  // ---- revocation and outage

  @Test
  void revokedAndDisabledIsNoticedWithinTheCacheTime() {
    restartApi(CACHE_TIME, "2s");
    keystone.createProject("short-lived");
    keystone.createUser("leaving", "demo", "member");
    keystone.createUser("homeless", "short-lived", "member");
    String revoked = keystone.token("member", "demo");
    String disabled = keystone.token("leaving", "demo");
    String homeless = keystone.token("homeless", "short-lived");
    List<String> tokens = List.of(revoked, disabled, homeless);
    tokens.forEach(token -> assertThat(get("/v2/images", token).statusCode()).isEqualTo(200));

    keystone.revoke(revoked);
    keystone.disableUser("leaving");
    keystone.disableProject("short-lived");

    for (String token : tokens) {
      Await.until(
          Duration.ofSeconds(8),
          "the token is refused",
          () -> get("/v2/images", token).statusCode() == 401);
      assertRefused(get("/v2/images", token));
    }
    restartApi(CACHE_TIME, LONG);
  }

  @Test
  void anOutageOfKeystoneHurtsOnlyThoseUnknown() {
    String id = Images.json(create(member)).path("id").asText();
    String unseen = keystone.token("reader", "demo");
    try (SlowUpload upload =
        new SlowUpload(GLANCE.api().url(), id, 10, "X-Auth-Token: " + member)) {
      upload.send(new byte[5]);
      keystone.stop();

      assertThat(get("/v2/images", member).statusCode()).isEqualTo(200);
      HttpResponse<byte[]> refused = get("/v2/images", unseen);
      assertThat(refused.statusCode()).as(Images.text(refused)).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(get("/v2/images", member, "X-Service-Token", unseen).statusCode()).isEqualTo(503);
      assertRefused(http.get("/v2/images"));
      assertThat(http.status("/healthcheck/ready")).isEqualTo(200);
      upload.send(new byte[5]);
      assertThat(upload.answer()).isEqualTo(204);
    } finally {
      keystone.start();
    }

    Await.until(SOON, "known again", () -> get("/v2/images", unseen).statusCode() == 200);
  }

  @Test
  void theServiceStartsBeforeKeystone() {
    keystone.stop();
    try {
      restartApi(CACHE_TIME, LONG);
      assertThat(get("/v2/images", member).statusCode()).isEqualTo(503);
    } finally {
      keystone.start();
    }

    Await.until(SOON, "known", () -> get("/v2/images", member).statusCode() == 200);
    assertThat(GLANCE.api().log())
        .doesNotContain("\"" + RealKeystone.PASSWORD, member, admin, nova);
  }

  @Test
  void withAnonymousAccessWhoIsUnknownMayOnlyRead() {
    restartApi("glance.auth.keystone.allow-anonymous-access", "true");

    // What there is to read is policy's to say: nothing, by default.
    assertThat(http.get("/v2/schemas/image").statusCode()).isEqualTo(200);
    assertThat(get("/v2/schemas/image", "unknown").statusCode()).isEqualTo(200);
    assertThat(create("unknown").statusCode()).isEqualTo(403);
    assertThat(create(member).statusCode()).isEqualTo(201);

    restartApi("glance.auth.keystone.allow-anonymous-access", "false");
    assertRefused(http.get("/v2/schemas/image"));
  }

  // ---- the real client

  @Test
  void theOpenStackClientFindsTheServiceInTheCatalog(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("image.raw");
    Path copy = folder.resolve("copy.raw");
    byte[] bytes = new byte[1 << 20];
    new Random(2).nextBytes(bytes);
    Files.write(file, bytes);

    String id =
        openstack("image create --file " + file + " -f value -c id from-the-client").strip();
    assertThat(openstack("image list -f value -c Name")).contains("from-the-client");
    assertThat(openstack("image show -f value -c status -c owner " + id))
        .contains("active", keystone.project("demo"));
    openstack("image save --file " + copy + " " + id);
    assertThat(copy).hasBinaryContent(bytes);
    openstack("image delete " + id);
    assertThat(get("/v2/images/" + id, member).statusCode()).isEqualTo(404);
  }

  private static String openstack(String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("openstack"));
    command.addAll(Arrays.asList(arguments.split(" ")));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(variable -> variable.startsWith("OS_"));
    builder.environment().put("OS_AUTH_URL", keystone.url().toString());
    builder.environment().put("OS_IDENTITY_API_VERSION", "3");
    builder.environment().put("OS_USERNAME", "member");
    builder.environment().put("OS_PASSWORD", RealKeystone.PASSWORD);
    builder.environment().put("OS_PROJECT_NAME", "demo");
    builder.environment().put("OS_USER_DOMAIN_ID", "default");
    builder.environment().put("OS_PROJECT_DOMAIN_ID", "default");
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      boolean isRequired = Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"));
      Assumptions.assumeTrue(isRequired, "needs the package python3-openstackclient");
      throw e;
    }
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  // ---- what the tests say

  private static HttpResponse<byte[]> get(String path, String token, String... headers) {
    return http.get(path, with(headers, "X-Auth-Token", token));
  }

  /** The status of a list with these bytes as its token, over a plain socket. */
  private static int statusOfRaw(byte[] token) {
    URI service = GLANCE.api().url();
    try (Socket socket = new Socket(service.getHost(), service.getPort())) {
      socket.setSoTimeout((int) SOON.toMillis());
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      try {
        out.write("GET /v2/images HTTP/1.1\r\nHost: glance\r\nX-Auth-Token: ".getBytes(UTF_8));
        out.write(token);
        out.write("\r\n\r\n".getBytes(UTF_8));
      } catch (SocketException e) {
        // The service answers before it has read a huge token, and closes: what it answered is
        // there to be read.
      }
      String status = new String(in.readNBytes("HTTP/1.1 401".length()), UTF_8);
      return Integer.parseInt(status.substring(status.indexOf(' ') + 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpResponse<byte[]> create(String token) {
    return http.send(
        "POST",
        "/v2/images",
        "{\"disk_format\": \"raw\", \"container_format\": \"bare\"}".getBytes(UTF_8),
        "Content-Type",
        "application/json",
        "X-Auth-Token",
        token);
  }

  private static void assertRefused(HttpResponse<byte[]> response) {
    assertRefused(response, 401);
  }

  private static void assertRefused(HttpResponse<byte[]> response, int... statuses) {
    assertThat(response.statusCode())
        .as(Images.text(response))
        .isIn(IntStream.of(statuses).boxed().toList());
    if (response.statusCode() == 401) {
      assertThat(response.headers().firstValue("WWW-Authenticate"))
          .contains("Keystone uri=\"https://keystone.example.org/v3\"");
    }
  }

  private static String[] with(String[] headers, String name, String value) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = name;
    all[headers.length + 1] = value;
    return all;
  }

  private static void restartApi(String key, String value) {
    GLANCE.api().terminate();
    GLANCE.api().set(key, value);
    GLANCE.start();
  }
}
