package dev.glance.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.it.ServiceProcess.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images in a real Swift whose accounts are a real Keystone's, as in the lab; in the store {@code
 * projects} each in the account of its project.
 */
class SwiftIT {
  private static final LabScript SWIFT = new LabScript("swift");
  private static final Duration LEASE = Duration.ofSeconds(4);

  @TempDir static Path folder;

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private static RealKeystone keystone;
  private static String service = "";
  private static String reseller = "";
  private static String accounts = "";
  private static String token = "";
  private static Images images;

  @BeforeAll
  static void start() throws IOException {
    SWIFT.requireItsPackages();
    keystone = RealKeystone.running();
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    SWIFT.run("start", folder.toString(), Integer.toString(port), keystone.url().toString());
    service =
        keystone
            .admin("POST", "/services", "{\"service\": {\"type\": \"object-store\"}}")
            .path("service")
            .path("id")
            .asText();
    keystone.admin(
        "POST",
        "/endpoints",
        """
        {"endpoint": {"service_id": "%s", "interface": "public", "region_id": "RegionOne",
          "url": "http://127.0.0.1:%d/v1/AUTH_$(project_id)s"}}
        """
            .formatted(service, port));
    accounts = "http://127.0.0.1:" + port + "/v1/AUTH_";
    reseller =
        keystone
            .admin("POST", "/roles", "{\"role\": {\"name\": \"ResellerAdmin\"}}")
            .path("role")
            .path("id")
            .asText();
    String owner = keystone.createUser("store-of-projects", "service", "service");
    keystone.admin(
        "PUT",
        "/projects/%s/users/%s/roles/%s".formatted(keystone.project("service"), owner, reseller),
        "");
    swift("cloud", "glance", RealKeystone.PASSWORD);
    swift("stranger", "glance", "a wrong password");
    swift("projects", "store-of-projects", RealKeystone.PASSWORD);
    swift("powerless", "glance", RealKeystone.PASSWORD);
    glance.registry().set("glance.registry.lease", LEASE.toSeconds() + "s");
    keystone.configure(glance.api());
    glance
        .api()
        .set("glance.stores.disk.type", "file")
        .set("glance.stores.disk.file.directory", glance.data().resolve("disk").toString())
        .set("glance.stores.projects.swift.multi-tenant", "true")
        .set("glance.stores.powerless.swift.multi-tenant", "true")
        .set("glance.api.default-store", "cloud")
        .set("glance.api.show-image-direct-url", "true");
    glance.start();
    token = keystone.token("member", "demo");
    images = new Images(glance.api().url(), "X-Auth-Token", token);
  }

  private static void swift(String name, String user, String password) {
    String prefix = "glance.stores." + name + ".";
    glance
        .api()
        .set(prefix + "type", "swift")
        .set(prefix + "swift.auth-address", keystone.url().toString())
        .set(prefix + "swift.user", "service:" + user)
        .set(prefix + "swift.key", password)
        .set(prefix + "swift.region", "RegionOne")
        .set(prefix + "swift.create-container-on-put", "true")
        .set(prefix + "swift.large-object-chunk-size", "1M")
        .set(prefix + "swift.max-manifest-segments", "5");
  }

  @AfterAll
  static void stop() {
    if (!service.isEmpty()) {
      keystone.admin("DELETE", "/services/" + service, "");
    }
    if (!reseller.isEmpty()) {
      keystone.admin("DELETE", "/roles/" + reseller, "");
    }
    if (Files.exists(folder.resolve("proxy.conf"))) {
      SWIFT.run("stop", folder.toString());
    }
  }

  @Test
  void anImageLiesInSwiftUnderUpstreamsUrl() {
    byte[] bytes = new byte[3_000_001];
    new Random(1).nextBytes(bytes);

    String id = images.create("rhel7", bytes);

    JsonNode image = images.show(id);
    assertThat(image.path("direct_url").asText()).isEqualTo("swift+config://ref1/glance/" + id);
    assertThat(image.path("stores").asText()).isEqualTo("cloud");
    assertThat(images.download(id).body()).isEqualTo(bytes);
    images.delete(id);
  }

  @Test
  void theLabsCommandsEndInSwift() throws Exception {
    Path image = folder.resolve("rhel7.qcow2");
    Path copy = folder.resolve("copy.qcow2");
    run(Tools.find("qemu-img"), "create", "-q", "-f", "qcow2", image.toString(), "10G");

    openstack(
        "image create rhel7 --public --disk-format qcow2 --container-format bare --file " + image);
    String id = openstack("image show -f value -c id rhel7").strip();

    assertThat(openstack("image show rhel7"))
        .contains("direct_url='swift+config://ref1/glance/" + id + "'");
    openstack("image save --file " + copy + " rhel7");
    assertThat(copy).hasSameBinaryContentAs(image);
    openstack("image delete rhel7");
  }

  private static String openstack(String arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Tools.find("openstack"),
                "--os-auth-url=" + keystone.url(),
                "--os-identity-api-version=3",
                "--os-username=admin",
                "--os-password=" + RealKeystone.PASSWORD,
                "--os-project-name=admin",
                "--os-user-domain-id=default",
                "--os-project-domain-id=default",
                "--os-region-name=RegionOne"));
    command.addAll(Arrays.asList(arguments.split(" ")));
    return run(command.toArray(String[]::new));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(variable -> variable.startsWith("OS_"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  // ---- each image in the account of its project

  private static String uploadToItsProject(String visibility, byte[] bytes) {
    HttpResponse<byte[]> created =
        call(
            token,
            "POST",
            "/v2/images",
            "{\"disk_format\": \"raw\", \"container_format\": \"bare\", \"visibility\": \"%s\"}"
                .formatted(visibility));
    assertThat(created.statusCode()).as(Images.text(created)).isEqualTo(201);
    String id = Images.json(created).path("id").asText();
    HttpResponse<byte[]> upload =
        new Http(glance.api().url(), "X-Auth-Token", token)
            .send(
                "PUT",
                "/v2/images/" + id + "/file",
                bytes,
                "Content-Type",
                "application/octet-stream",
                "X-Image-Meta-Store",
                "projects");
    assertThat(upload.statusCode()).as(Images.text(upload)).isEqualTo(204);
    return id;
  }

  private static HttpResponse<byte[]> call(String who, String method, String path, String json) {
    return new Http(glance.api().url(), "X-Auth-Token", who)
        .send(method, path, json.getBytes(UTF_8), "Content-Type", "application/json");
  }

  private static void publish(String id, String visibility) {
    HttpResponse<byte[]> patched =
        new Http(glance.api().url(), "X-Auth-Token", keystone.token("admin", "admin"))
            .send(
                "PATCH",
                "/v2/images/" + id,
                "[{\"op\": \"replace\", \"path\": \"/visibility\", \"value\": \"%s\"}]"
                    .formatted(visibility)
                    .getBytes(UTF_8),
                "Content-Type",
                "application/openstack-images-v2.1-json-patch");
    assertThat(patched.statusCode()).as(Images.text(patched)).isEqualTo(200);
  }

  /** What Swift itself answers to somebody who asks for something in the account of demo. */
  private static HttpResponse<byte[]> ask(String who, String path) {
    return new Http(URI.create(accounts))
        .get("/v1/AUTH_" + keystone.project("demo") + path, "X-Auth-Token", who);
  }

  private static List<String> containers(String who) {
    return Images.text(ask(who, "?format=plain")).lines().toList();
  }

  @Test
  void anUploadIsInTheAccountOfItsProjectAndNobodyElsesUntilItIsDeleted() {
    byte[] bytes = new byte[3_000_001];
    new Random(2).nextBytes(bytes);

    String id = uploadToItsProject("private", bytes);

    String container = "/glance_" + id;
    assertThat(images.show(id).path("direct_url").asText())
        .isEqualTo("swift+" + accounts + keystone.project("demo") + container + "/" + id);
    assertThat(ask(token, container + "/" + id).body()).isEqualTo(bytes);
    assertThat(Images.text(ask(token, container)).lines()).hasSizeGreaterThan(1).contains(id);
    assertThat(ask(keystone.token("other", "other"), container + "/" + id).statusCode())
        .isEqualTo(403);
    assertThat(images.download(id).body()).isEqualTo(bytes);

    assertThat(images.delete(id).statusCode()).isEqualTo(204);
    Await.until(LEASE, "the container is gone", () -> !containers(token).contains("glance_" + id));
  }

  @Test
  void thoseWhoMayUseAnImageMayReadItInSwift() {
    String id = uploadToItsProject("shared", new byte[] {1, 2, 3});
    String object = "/glance_" + id + "/" + id;
    String partner = keystone.token("partner", "partner");
    String other = keystone.token("other", "other");
    String members = "/v2/images/" + id + "/members";
    assertThat(ask(partner, object).statusCode()).isEqualTo(403);

    String project = keystone.project("partner");
    assertThat(call(token, "POST", members, "{\"member\": \"" + project + "\"}").statusCode())
        .isEqualTo(200);
    assertThat(
            call(partner, "PUT", members + "/" + project, "{\"status\": \"accepted\"}")
                .statusCode())
        .isEqualTo(200);
    assertThat(readers(id)).isEqualTo(project + ":*");
    assertThat(ask(partner, object).body()).containsExactly(1, 2, 3);
    assertThat(ask(other, object).statusCode()).isEqualTo(403);

    publish(id, "public");
    assertThat(readers(id)).isEqualTo("*:*");
    assertThat(ask(other, object).statusCode()).isEqualTo(200);

    publish(id, "shared");
    assertThat(ask(other, object).statusCode()).isEqualTo(403);
    assertThat(ask(partner, object).statusCode()).isEqualTo(200);

    assertThat(call(token, "DELETE", members + "/" + project, "").statusCode()).isEqualTo(204);
    assertThat(readers(id)).isEmpty();
    assertThat(ask(partner, object).statusCode()).isEqualTo(403);
    images.delete(id);
  }

  private static String readers(String id) {
    return ask(token, "/glance_" + id).headers().firstValue("X-Container-Read").orElse("");
  }

  @Test
  void whatACrashLeftInAProjectsAccountGoesWithoutItsUser() {
    String uploader = keystone.token("member", "demo");
    String id = images.create("cut off");
    try (SlowUpload upload =
        new SlowUpload(
            glance.api().url(),
            id,
            20_000_000,
            "X-Auth-Token: " + uploader,
            "X-Image-Meta-Store: projects")) {
      upload.send(new byte[5_000_000]);
      Await.until(
          Duration.ofSeconds(20),
          "parts are in Swift",
          () -> Images.text(ask(token, "/glance_" + id)).contains(id));
      glance.api().kill();
    }
    keystone.revoke(uploader);
    assertThat(containers(token)).contains("glance_" + id);

    glance.start();

    Await.until(
        LEASE.multipliedBy(5),
        "nothing is left",
        () -> !containers(token).contains("glance_" + id));
    assertThat(images.status(id)).isEqualTo("queued");
    images.delete(id);
  }

  @Test
  void anImageIsCopiedFromTheStoresAccountToItsProjectsAndBack() {
    Images admin = new Images(glance.api().url(), "X-Auth-Token", keystone.token("admin", "admin"));
    new CopiedImage(glance, admin).goesThereAndBack("cloud", "projects");
  }

  @Test
  void aStoreThatMayNotEnterTheAccountsOfProjectsIsNamed() {
    JsonNode ready = Images.json(new Http(glance.api().url()).get("/healthcheck/ready"));
    assertThat(ready.findPath("powerless").asText()).contains("reseller admin");

    Outcome powerless = glance.api().command("store", "test", "powerless");
    assertThat(powerless.exitCode()).isEqualTo(1);
    assertThat(powerless.output()).contains("FAILED", "reseller admin");
  }

  // ---- what an operator sees

  @Test
  void aStoreThatCannotLogInIsNamedAndTheOthersServe() {
    JsonNode ready = Images.json(new Http(glance.api().url()).get("/healthcheck/ready"));
    assertThat(ready.path("status").asText()).isEqualTo("UP");
    assertThat(ready.findPath("stranger").asText()).contains("the login was answered with 401");
  }

  @Test
  void aStoresTestSaysWhatWorksAndHowLongItTook() {
    Outcome well = glance.api().command("store", "test", "cloud");
    assertThat(well.exitCode()).as(well.output()).isZero();
    assertThat(well.output().lines().map(line -> line.replaceAll(" +[0-9]+ ms +", " ")))
        .containsExactly("check ok", "write ok", "read ok", "list ok", "delete ok");

    Outcome disk = glance.api().command("store", "test", "disk");
    assertThat(disk.output()).hasLineCount(5).doesNotContain("FAILED");

    Outcome stranger = glance.api().command("store", "test", "stranger");
    assertThat(stranger.exitCode()).isEqualTo(1);
    assertThat(stranger.output()).contains("FAILED", "the login was answered with 401");

    assertThat(glance.api().command("store", "test").exitCode()).isEqualTo(2);
    assertThat(glance.api().command("store", "test", "nowhere").exitCode()).isEqualTo(2);
  }
}
