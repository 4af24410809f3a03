package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.it.ServiceProcess.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images in a real S3 server, Ceph's radosgw, as {@code http://127.0.0.1/BUCKET} and as {@code
 * https://BUCKET.s3.test}.
 */
class S3IT {
  private static final LabScript RADOSGW = new LabScript("radosgw");

  @TempDir static Path folder;

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private static int port;
  private static int tlsPort;

  @BeforeAll
  static void start() throws IOException {
    RADOSGW.requireItsPackages();
    try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = one.getLocalPort();
      tlsPort = other.getLocalPort();
    }
    RADOSGW.run("start", folder.toString(), port + ":" + tlsPort);
    s3("cloud", "http://127.0.0.1:" + port, "secret");
    s3("stranger", "http://127.0.0.1:" + port, "a wrong secret");
    s3("secure", "https://s3.test:" + tlsPort, "secret");
    s3("suspicious", "https://s3.test:" + tlsPort, "secret");
    // Only the bucket's own name is known: a request that had the bucket in its path would not
    // come.
    Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 images.s3.test\n");
    glance.registry().set("glance.registry.lease", "4s");
    glance
        .api()
        .set("glance.stores.disk.type", "file")
        .set("glance.stores.disk.file.directory", glance.data().resolve("disk").toString())
        .set("glance.api.default-store", "cloud")
        .set("glance.api.show-image-direct-url", "true")
        .set("glance.stores.secure.s3.bucket-url-format", "virtual")
        .set("glance.stores.suspicious.s3.bucket-url-format", "virtual")
        .set("glance.stores.secure.s3.cacert", folder.resolve("ca.pem").toString())
        .runBy(List.of("env", "JDK_JAVA_OPTIONS=-Djdk.net.hosts.file=" + hosts));
    glance.start();
  }

  private static void s3(String name, String host, String secret) {
    String prefix = "glance.stores." + name + ".";
    glance
        .api()
        .set(prefix + "type", "s3")
        .set(prefix + "s3.host", host)
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
  void aBucketIsAskedByItsOwnNameOverTlsThatTheOperatorsCaVouchesFor() {
    byte[] bytes = new byte[2_500_001];
    new Random(2).nextBytes(bytes);
    String id = glance.images().create("secure");
    Http http = new Http(glance.api().url());

    HttpResponse<byte[]> put =
        http.send(
            "PUT",
            "/v2/images/" + id + "/file",
            bytes,
            "Content-Type",
            "application/octet-stream",
            "X-Image-Meta-Store",
            "secure");

    assertThat(put.statusCode()).isEqualTo(204);
    assertThat(glance.images().show(id).path("direct_url").asText())
        .isEqualTo("s3+https://s3.test:" + tlsPort + "/images/" + id);
    assertThat(glance.images().download(id).body()).isEqualTo(bytes);
    assertThat(RADOSGW.run("admin", folder.toString(), "bucket", "list", "--bucket=images"))
        .contains("\"name\": \"" + id + "\"");
    glance.images().delete(id);
  }

  @Test
  void aServerThatNobodyVouchesForIsNamedAndTheOthersServe() {
    JsonNode ready = Images.json(new Http(glance.api().url()).get("/healthcheck/ready"));
    assertThat(ready.path("status").asText()).isEqualTo("UP");
    assertThat(ready.findPath("suspicious").asText())
        .contains("S3 could not be asked", "unable to find valid certification path");
  }

  @Test
  void aStoreWithWrongCredentialsIsNamedAndTheOthersServe() {
    JsonNode ready = Images.json(new Http(glance.api().url()).get("/healthcheck/ready"));
    assertThat(ready.path("status").asText()).isEqualTo("UP");
    assertThat(ready.findPath("stranger").asText()).contains("S3 answered 403");
  }

  @Test
  void anImageIsCopiedToADiskAndBack() {
    new CopiedImage(glance, glance.images()).goesThereAndBack("cloud", "disk");
  }

  @Test
  void whatAKilledApiLeftOfUploadsIsCleared() throws InterruptedException {
    // A note and a multipart upload of each that is larger than a part.
    new KilledUploads(glance, "cloud", 6).leaveNothing();
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
