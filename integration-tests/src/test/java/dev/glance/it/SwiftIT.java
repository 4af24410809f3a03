package dev.glance.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.it.ServiceProcess.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Images in a real Swift whose accounts are a real Keystone's, as in the lab. */
class SwiftIT {
  private static final LabScript SWIFT = new LabScript("swift");

  @TempDir static Path folder;

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private static RealKeystone keystone;
  private static String service = "";

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
    swift("cloud", RealKeystone.PASSWORD);
    swift("stranger", "a wrong password");
    glance
        .api()
        .set("glance.stores.disk.type", "file")
        .set("glance.stores.disk.file.directory", glance.data().resolve("disk").toString())
        .set("glance.api.default-store", "cloud")
        .set("glance.api.show-image-direct-url", "true");
    glance.start();
  }

  private static void swift(String name, String password) {
    String prefix = "glance.stores." + name + ".";
    glance
        .api()
        .set(prefix + "type", "swift")
        .set(prefix + "swift.auth-address", keystone.url().toString())
        .set(prefix + "swift.user", "service:glance")
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
    if (Files.exists(folder.resolve("proxy.conf"))) {
      SWIFT.run("stop", folder.toString());
    }
  }

  @Test
  void anImageLiesInSwiftUnderUpstreamsUrl() {
    byte[] bytes = new byte[3_000_001];
    new Random(1).nextBytes(bytes);

    String id = glance.images().create("rhel7", bytes);

    JsonNode image = glance.images().show(id);
    assertThat(image.path("direct_url").asText()).isEqualTo("swift+config://ref1/glance/" + id);
    assertThat(image.path("stores").asText()).isEqualTo("cloud");
    assertThat(glance.images().download(id).body()).isEqualTo(bytes);
    glance.images().delete(id);
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
                "--os-auth-type",
                "none",
                "--os-endpoint",
                glance.api().url().toString()));
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
