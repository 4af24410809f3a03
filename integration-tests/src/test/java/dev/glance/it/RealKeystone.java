package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Debian's Keystone, run by {@code lab/keystone}: one for all test classes of a run. The people in
 * it, each with {@link #PASSWORD}, are listed in {@code lab/keystone-setup.py}; whoever disables or
 * changes someone makes a person of their own with {@link #createUser}.
 */
final class RealKeystone {
  static final String PASSWORD = "secret";

  private static final LabScript SCRIPT = new LabScript("keystone");
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private static @Nullable RealKeystone shared;

  private final Path folder;
  private final int port;
  private final Properties ids = new Properties();
  private @Nullable String adminToken;

  private RealKeystone() throws IOException {
    folder = Files.createTempDirectory("keystone-it-");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  /**
   * The Keystone of this test run, running. Where its packages are missing the test is skipped, or
   * fails if GLANCE_TEST_REQUIRE_TOOLS asks for that.
   */
  static synchronized RealKeystone running() {
    try {
      if (shared == null) {
        SCRIPT.requireItsPackages();
        RealKeystone keystone = new RealKeystone();
        Runtime.getRuntime().addShutdownHook(new Thread(keystone::remove));
        shared = keystone;
      }
      shared.start();
      return shared;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it, again after {@link #stop}, and waits until it answers. */
  void start() {
    if (!Files.exists(folder.resolve("uwsgi.pid"))) {
      SCRIPT.run("start", folder.toString(), Integer.toString(port));
      try (var in = Files.newBufferedReader(folder.resolve("credentials"))) {
        ids.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** An outage: nobody listens at its address any more. */
  void stop() {
    SCRIPT.run("stop", folder.toString());
  }

  /** What clients and services call {@code auth_url}. */
  URI url() {
    return URI.create("http://127.0.0.1:" + port + "/v3");
  }

  /** The id of a project, by its name. */
  String project(String name) {
    return id("project", name);
  }

  /** The id of a user, by its name. */
  String user(String name) {
    return id("user", name);
  }

  /** The id of the image service in the catalog. */
  String imageService() {
    return id("service", "image");
  }

  private String id(String kind, String name) {
    String id = ids.getProperty(kind + "_" + name.replace('-', '_'));
    assertThat(id).as("%s %s of lab/keystone-setup.py", kind, name).isNotNull();
    return id;
  }

  /** Settings with which glance-api asks this Keystone. */
  void configure(ServiceProcess api) {
    api.set("glance.auth.mode", "keystone")
        .set("glance.auth.keystone.url", url().toString())
        .set("glance.auth.keystone.username", "glance")
        .set("glance.auth.keystone.password", PASSWORD)
        .set("glance.auth.keystone.project-name", "service")
        .set("glance.auth.keystone.region-name", "RegionOne");
    catalogEndpoint(api.url());
  }

  /** Where clients that ask the catalog find the image service from now on. */
  void catalogEndpoint(URI url) {
    admin(
        "PATCH",
        "/endpoints/" + id("endpoint", "image"),
        "{\"endpoint\": {\"url\": \"%s\"}}".formatted(url));
  }

  // ---- tokens

  /** A new token of the user in the project, both by name. */
  String token(String user, String project) {
    return issue(
        user,
        "{\"project\": {\"name\": \"%s\", \"domain\": {\"id\": \"default\"}}}".formatted(project));
  }

  /** A new token for the whole system. */
  String systemToken(String user) {
    return issue(user, "{\"system\": {\"all\": true}}");
  }

  /** A new token for the domain that all people are in. */
  String domainToken(String user) {
    return issue(user, "{\"domain\": {\"id\": \"default\"}}");
  }

  /** A new token for nothing in particular. */
  String unscopedToken(String user) {
    return issue(user, "\"unscoped\"");
  }

  private String issue(String user, String scope) {
    return issueFor(
        """
        {"auth": {"identity": {"methods": ["password"], "password": {"user":
          {"name": "%s", "domain": {"id": "default"}, "password": "%s"}}}, "scope": %s}}
        """
            .formatted(user, PASSWORD, scope));
  }

  private String issueFor(String body) {
    HttpResponse<byte[]> response = send("POST", "/auth/tokens", body);
    assertThat(response.statusCode()).as(text(response)).isEqualTo(201);
    return response.headers().firstValue("X-Subject-Token").orElseThrow();
  }

  /** Ends a token before its time. */
  void revoke(String token) {
    HttpResponse<byte[]> response =
        send("DELETE", "/auth/tokens", "", "X-Auth-Token", adminToken(), "X-Subject-Token", token);
    assertThat(response.statusCode()).as(text(response)).isEqualTo(204);
  }

  /**
   * A new token of an application credential that the user makes in the project.
   *
   * @param accessRules a JSON array of service, method and path, or null for none
   */
  String credentialToken(String user, String project, @Nullable String accessRules) {
    String rules = accessRules == null ? "" : ", \"access_rules\": " + accessRules;
    return credential(user, project, rules);
  }

  /** A new token that ends so soon: the only way to a token shorter than Keystone's default. */
  String shortToken(String user, String project, Duration life) {
    // Keystone counts in whole seconds.
    Instant end = Instant.now().plus(life).plusMillis(999).truncatedTo(ChronoUnit.SECONDS);
    return credential(
        user, project, ", \"expires_at\": \"" + end.toString().replace("Z", ".000000Z") + "\"");
  }

  private String credential(String user, String project, String more) {
    String owner = token(user, project);
    JsonNode made =
        call(
                owner,
                "POST",
                "/users/" + ownerOf(owner) + "/application_credentials",
                "{\"application_credential\": {\"name\": \"%s\"%s}}"
                    .formatted(UUID.randomUUID(), more))
            .path("application_credential");
    return issueFor(
        """
        {"auth": {"identity": {"methods": ["application_credential"],
          "application_credential": {"id": "%s", "secret": "%s"}}}}
        """
            .formatted(made.path("id").asText(), made.path("secret").asText()));
  }

  private String ownerOf(String token) {
    HttpResponse<byte[]> response =
        send("GET", "/auth/tokens", "", "X-Auth-Token", token, "X-Subject-Token", token);
    return json(response).path("token").path("user").path("id").asText();
  }

  // ---- people

  /** A new member of a project that exists; answers the user's id. */
  String createUser(String name, String project, String role) {
    String id =
        admin(
                "POST",
                "/users",
                """
                {"user": {"name": "%s", "password": "%s", "domain_id": "default"}}
                """
                    .formatted(name, PASSWORD))
            .path("user")
            .path("id")
            .asText();
    ids.setProperty("user_" + name.replace('-', '_'), id);
    admin(
        "PUT",
        "/projects/%s/users/%s/roles/%s".formatted(project(project), id, id("role", role)),
        "");
    return id;
  }

  /** A new project; answers its id. */
  String createProject(String name) {
    String id =
        admin(
                "POST",
                "/projects",
                "{\"project\": {\"name\": \"%s\", \"domain_id\": \"default\"}}".formatted(name))
            .path("project")
            .path("id")
            .asText();
    ids.setProperty("project_" + name.replace('-', '_'), id);
    return id;
  }

  /** Switches a user off, by name. */
  void disableUser(String name) {
    admin("PATCH", "/users/" + user(name), "{\"user\": {\"enabled\": false}}");
  }

  /** Switches a project off, by name. */
  void disableProject(String name) {
    admin("PATCH", "/projects/" + project(name), "{\"project\": {\"enabled\": false}}");
  }

  // ---- unified limits

  /** The limit that every project has unless {@link #limit} gave it one of its own; its id. */
  String registerLimit(String resource, long limit) {
    return admin(
            "POST",
            "/registered_limits",
            """
            {"registered_limits": [{"service_id": "%s", "region_id": "RegionOne",
              "resource_name": "%s", "default_limit": %d}]}
            """
                .formatted(imageService(), resource, limit))
        .path("registered_limits")
        .path(0)
        .path("id")
        .asText();
  }

  /** One project's own limit of a registered resource; its id. */
  String limit(String project, String resource, long limit) {
    return admin(
            "POST",
            "/limits",
            """
            {"limits": [{"service_id": "%s", "region_id": "RegionOne", "project_id": "%s",
              "resource_name": "%s", "resource_limit": %d}]}
            """
                .formatted(imageService(), project(project), resource, limit))
        .path("limits")
        .path(0)
        .path("id")
        .asText();
  }

  // ---- calls

  /** Any call below {@code /v3} as the admin of everything; refusals fail the test. */
  JsonNode admin(String method, String path, String body) {
    return call(adminToken(), method, path, body);
  }

  private String adminToken() {
    if (adminToken == null) {
      adminToken = token("admin", "admin");
    }
    return adminToken;
  }

  private JsonNode call(String token, String method, String path, String body) {
    HttpResponse<byte[]> response = send(method, path, body, "X-Auth-Token", token);
    assertThat(response.statusCode())
        .as("%s %s: %s", method, path, text(response))
        .isBetween(200, 299);
    return json(response);
  }

  private HttpResponse<byte[]> send(String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode json(HttpResponse<byte[]> response) {
    try {
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  private void remove() {
    stop();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
