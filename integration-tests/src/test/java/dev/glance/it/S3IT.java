package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.it.ServiceProcess.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Images in a real S3 server, Ceph's radosgw. */
class S3IT {
  private static final LabScript RADOSGW = new LabScript("radosgw");

  @TempDir static Path folder;

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private static int port;

  @BeforeAll
  static void start() throws IOException {
    RADOSGW.requireItsPackages();
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    RADOSGW.run("start", folder.toString(), Integer.toString(port));
    s3("cloud", "secret");
    s3("stranger", "a wrong secret");
    glance
        .api()
        .set("glance.api.default-store", "cloud")
        .set("glance.api.show-image-direct-url", "true");
    glance.start();
  }

  private static void s3(String name, String secret) {
    String prefix = "glance.stores." + name + ".";
    glance
        .api()
        .set(prefix + "type", "s3")
        .set(prefix + "s3.host", "http://127.0.0.1:" + port)
        .set(prefix + "s3.access-key", "glance")
        .set(prefix + "s3.secret-key", secret)
        .set(prefix + "s3.bucket", "images")
        .set(prefix + "s3.create-bucket-on-put", "true")
        .set(prefix + "s3.min-part-size", "1M")
        .set(prefix + "s3.large-object-chunk-size", "1M")
        .set(prefix + "s3.download-chunk-size", "1M");
  }

  @AfterAll
  static void stop() {
    if (Files.exists(folder.resolve("radosgw.pid"))) {
      RADOSGW.run("stop", folder.toString());
    }
  }

  @Test
  void anImageLiesInS3UnderAUrlWithoutCredentials() {
    byte[] bytes = new byte[6_000_001];
    new Random(1).nextBytes(bytes);

    String id = glance.images().create("rhel7", bytes);

    JsonNode image = glance.images().show(id);
    assertThat(image.path("direct_url").asText())
        .isEqualTo("s3+http://127.0.0.1:" + port + "/images/" + id);
    assertThat(image.path("stores").asText()).isEqualTo("cloud");
    assertThat(glance.images().download(id).body()).isEqualTo(bytes);
    glance.images().delete(id);
  }

  @Test
  void aStoreWithWrongCredentialsIsNamedAndTheOthersServe() {
    JsonNode ready = Images.json(new Http(glance.api().url()).get("/healthcheck/ready"));
    assertThat(ready.path("status").asText()).isEqualTo("UP");
    assertThat(ready.findPath("stranger").asText()).contains("S3 answered 403");
  }

  @Test
  void aStoresTestSaysWhatWorksAndHowLongItTook() {
    Outcome well = glance.api().command("store", "test", "cloud");
    assertThat(well.exitCode()).as(well.output()).isZero();
    assertThat(well.output().lines().map(line -> line.replaceAll(" +[0-9]+ ms +", " ")))
        .containsExactly("check ok", "write ok", "read ok", "list ok", "delete ok");

    Outcome stranger = glance.api().command("store", "test", "stranger");
    assertThat(stranger.exitCode()).isEqualTo(1);
    assertThat(stranger.output()).contains("FAILED", "S3 answered 403").doesNotContain("wrong");
  }
}
