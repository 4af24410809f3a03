package dev.glance.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.it.ServiceProcess.Outcome;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Images in a real Ceph. */
class RbdIT {
  private static final LabScript CEPH = new LabScript("ceph");
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir static Path folder;

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private static String fsid = "";

  @BeforeAll
  static void start() throws IOException {
    CEPH.requireItsPackages();
    CEPH.run("start", folder.toString());
    Path configuration = folder.resolve("ceph.conf");
    fsid =
        Files.readAllLines(configuration).stream()
            .filter(line -> line.startsWith("fsid = "))
            .map(line -> line.replace("fsid = ", ""))
            .findFirst()
            .orElseThrow();
    rbd("ceph", "images", configuration);
    rbd("elsewhere", "nowhere", configuration);
    glance.registry().set("glance.registry.lease", "4s");
    glance
        .api()
        .set("glance.stores.disk.type", "file")
        .set("glance.stores.disk.file.directory", glance.data().resolve("disk").toString())
        .set("glance.api.default-store", "ceph")
        .set("glance.api.show-image-direct-url", "true");
    glance.start();
  }

  private static void rbd(String name, String pool, Path configuration) {
    String prefix = "glance.stores." + name + ".";
    glance
        .api()
        .set(prefix + "type", "rbd")
        .set(prefix + "rbd.ceph-conf", configuration.toString())
        .set(prefix + "rbd.pool", pool)
        .set(prefix + "rbd.timeout", "1s");
  }

  @AfterAll
  static void stop() {
    if (Files.exists(folder.resolve("ceph.conf"))) {
      CEPH.run("stop", folder.toString());
    }
  }

  @Test
  void anImageLiesInCephUnderUpstreamsUrl() {
    byte[] bytes = new byte[9_000_001];
    new Random(1).nextBytes(bytes);

    String id = glance.images().create("rhel7", bytes);

    JsonNode image = glance.images().show(id);
    assertThat(image.path("direct_url").asText())
        .isEqualTo("rbd://" + fsid + "/images/" + id + "/snap");
    assertThat(image.path("stores").asText()).isEqualTo("ceph");
    assertThat(glance.images().download(id).body()).isEqualTo(bytes);
    HttpResponse<byte[]> part = glance.images().download(id, "Range", "bytes=8388600-8388615");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(bytes, 8388600, 8388616));
    glance.images().delete(id);
  }

  @Test
  void anImageIsCopiedToADiskAndBack() {
    new CopiedImage(glance, glance.images()).goesThereAndBack("ceph", "disk");
  }

  /** Else the image would be gone and its bytes would stay. */
  @Test
  void anImageOfWhichSomebodyMadeASnapshotIsKept() throws Exception {
    Images images = glance.images();
    String id = images.create("in use", new byte[] {1, 2, 3});
    rbd("snap", "create", "--no-progress", "images/" + id + "@backup");

    HttpResponse<byte[]> refused = images.delete(id);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(Images.text(refused)).contains("has other snapshots");
    assertThat(images.status(id)).isEqualTo("active");
    assertThat(images.download(id).body()).containsExactly(1, 2, 3);
    rbd("snap", "rm", "--no-progress", "images/" + id + "@backup");
    assertThat(images.delete(id).statusCode()).isEqualTo(204);
  }

  private static void rbd(String... arguments) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(Tools.find("rbd")).redirectErrorStream(true);
    builder.command().addAll(List.of(arguments));
    builder.environment().put("CEPH_CONF", folder.resolve("ceph.conf").toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  @Test
  void theDetailsOfAStoreAreUpstreams() {
    JsonNode ceph =
        Images.json(new Http(glance.api().url()).get("/v2/info/stores/detail"))
            .path("stores")
            .path(0);

    assertThat(ceph.path("id").asText()).isEqualTo("ceph");
    assertThat(ceph.path("type").asText()).isEqualTo("rbd");
    assertThat(ceph.path("properties").toString())
        .contains("\"fsid\":\"" + fsid + "\"", "\"pool\":\"images\"", "\"chunk_size\":8388608");
  }

  @Test
  void whatAKilledApiLeftOfUploadsIsCleared() throws InterruptedException {
    // An image of Ceph's each.
    new KilledUploads(glance, "ceph", 4).leaveNothing();
  }

  @Test
  void aMissingPoolIsNamedAndTheOthersServe() {
    JsonNode ready = Images.json(new Http(glance.api().url()).get("/healthcheck/ready"));
    assertThat(ready.path("status").asText()).isEqualTo("UP");
    assertThat(ready.findPath("elsewhere").asText()).contains("there is no pool nowhere");
  }

  @Test
  void aStoresTestSaysWhatWorksAndHowLongItTook() {
    Outcome well = glance.api().command("store", "test", "ceph");
    assertThat(well.exitCode()).as(well.output()).isZero();
    assertThat(well.output().lines().map(line -> line.replaceAll(" +[0-9]+ ms +", " ")))
        .containsExactly("check ok", "write ok", "read ok", "list ok", "delete ok");

    Outcome elsewhere = glance.api().command("store", "test", "elsewhere");
    assertThat(elsewhere.exitCode()).isEqualTo(1);
    assertThat(elsewhere.output()).contains("FAILED", "there is no pool nowhere");
  }

  @Test
  void aClusterThatHangsIsNamedAndTakesNobodyWithIt() throws IOException {
    Http api = new Http(glance.api().url());
    long osd = Long.parseLong(Files.readString(folder.resolve("osd.pid")).strip());
    String id = glance.images().create("hangs");
    Signals.send("STOP", osd);
    try {
      assertThat(glance.images().upload(id, new byte[] {1}).statusCode()).isEqualTo(503);
      Await.until(
          SOON,
          "readiness names the store",
          () ->
              Images.json(api.get("/healthcheck/ready"))
                  .findPath("ceph")
                  .asText()
                  .contains("store ceph"));
      assertThat(api.status("/healthcheck/live")).isEqualTo(200);
    } finally {
      Signals.send("CONT", osd);
    }

    Await.until(
        SOON,
        "the store takes images again",
        () -> glance.images().upload(id, new byte[] {1}).statusCode() == 204);
    assertThat(glance.images().download(id).body()).containsExactly(1);
    glance.images().delete(id);
  }
}
