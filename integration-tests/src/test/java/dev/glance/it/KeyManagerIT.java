package dev.glance.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The keys of deleted images in a real Barbican, which asks the same real Keystone who calls. */
class KeyManagerIT {
  private static final LabScript BARBICAN = new LabScript("barbican");

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  @TempDir static Path folder;

  private static Http http;
  private static Http barbican;
  private static String member;
  private static String other;

  @BeforeAll
  static void start() throws IOException {
    BARBICAN.requireItsPackages();
    RealKeystone keystone = RealKeystone.running();
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    BARBICAN.run("start", folder.toString(), Integer.toString(port), keystone.url().toString());
    URI url = URI.create("http://127.0.0.1:" + port);
    barbican = new Http(url);
    http = new Http(glance.api().url());
    keystone.configure(glance.api());
    glance
        .api()
        .set("glance.api.key-manager.url", url.toString())
        .set("quarkus.log.category.\"dev.glance\".level", "DEBUG");
    glance.start();
    member = keystone.token("member", "demo");
    other = keystone.token("other", "other");
  }

  @AfterAll
  static void stop() {
    BARBICAN.run("stop", folder.toString());
  }

  @Test
  void theKeyGoesWithTheImageIfTheCallerMayDeleteIt() {
    String key = key(member);
    String kept = key(member);
    String foreign = key(other);
    String image = image(key, "on_image_deletion");
    String keeping = image(kept, "do_not_delete");
    String pointing = image(foreign, "on_image_deletion");

    assertThat(delete(image, other)).as("by a stranger").isEqualTo(404);
    assertThat(status(key, member)).as("its key then").isEqualTo(200);
    assertThat(delete(image, member)).isEqualTo(204);
    assertThat(delete(keeping, member)).isEqualTo(204);
    assertThat(delete(pointing, member)).isEqualTo(204);

    assertThat(status(key, member)).isEqualTo(404);
    assertThat(status(kept, member)).isEqualTo(200);
    assertThat(status(foreign, other)).as("another project's key").isEqualTo(200);
    assertThat(glance.api().log())
        .contains("The encryption key " + key + " of the deleted image " + image + " is gone")
        .containsPattern("WARN.*" + foreign + ".*" + pointing + ".*answered 403")
        .doesNotContain(member);
  }

  /** A new key in Barbican; its id. */
  private static String key(String token) {
    HttpResponse<byte[]> created =
        send(
            barbican,
            "POST",
            "/v1/secrets",
            """
            {"name": "volume", "secret_type": "symmetric", "algorithm": "aes", "bit_length": 256,
             "payload": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
             "payload_content_type": "application/octet-stream",
             "payload_content_encoding": "base64"}
            """,
            token);
    assertThat(created.statusCode()).as(Images.text(created)).isEqualTo(201);
    return Images.json(created).path("secret_ref").asText().replaceFirst(".*/", "");
  }

  private static int status(String key, String token) {
    return barbican.get("/v1/secrets/" + key, "X-Auth-Token", token).statusCode();
  }

  private static String image(String key, String deletionPolicy) {
    HttpResponse<byte[]> created =
        send(
            http,
            "POST",
            "/v2/images",
            """
            {"name": "encrypted", "cinder_encryption_key_id": "%s",
             "cinder_encryption_key_deletion_policy": "%s"}
            """
                .formatted(key, deletionPolicy),
            member);
    assertThat(created.statusCode()).as(Images.text(created)).isEqualTo(201);
    return Images.json(created).path("id").asText();
  }

  private static int delete(String image, String token) {
    return http.send("DELETE", "/v2/images/" + image, new byte[0], "X-Auth-Token", token)
        .statusCode();
  }

  private static HttpResponse<byte[]> send(
      Http to, String method, String path, String json, String token) {
    return to.send(
        method,
        path,
        json.getBytes(UTF_8),
        "X-Auth-Token",
        token,
        "Content-Type",
        "application/json");
  }
}
