package dev.glance.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The limits that a real Keystone keeps; and that nothing secret gets into the logs meanwhile. */
class UnifiedLimitsIT {
  private static final int MIB = 1 << 20;
  private static final Duration SOON = Duration.ofSeconds(20);

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  private static final List<String> made = new ArrayList<>();
  private static RealKeystone keystone;
  private static Http http;
  private static String member;
  private static String other;

  @BeforeAll
  static void start() {
    keystone = RealKeystone.running();
    http = new Http(glance.api().url());
    keystone.configure(glance.api());
    glance
        .api()
        .unset("glance.auth.keystone.project-name")
        .set("glance.auth.keystone.system-scope", "all")
        .set("glance.api.use-keystone-limits", "true")
        .set("glance.api.user-storage-quota", "1")
        .set("glance.api.oslo-limit.cache-time", "1s")
        .set("quarkus.log.category.\"dev.glance\".level", "DEBUG");
    glance.registry().set("quarkus.log.category.\"dev.glance\".level", "DEBUG");
    glance.start();
    member = keystone.token("member", "demo");
    other = keystone.token("other", "other");
  }

  @AfterAll
  static void forgetTheLimits() {
    made.reversed().forEach(path -> keystone.admin("DELETE", path, ""));
  }

  @Test
  void whatKeystoneLimitsIsLimited() {
    // What is not registered counts as 0.
    assertRefused(create(member), "image_count_total");
    register("image_count_total", 4);
    register("image_count_uploading", 1);
    register("image_size_total", 2);
    register("image_stage_total", -1);
    made.add("/limits/" + keystone.limit("other", "image_count_total", 0));
    Await.until(SOON, "the limits are noticed", () -> create(member).statusCode() == 201);
    Await.until(SOON, "a project's own limit", () -> create(other).statusCode() == 413);

    assertUsage(member, "image_count_total", 1, 4);
    assertUsage(member, "image_size_total", 0, 2);
    assertUsage(member, "image_count_uploading", 0, 1);
    assertUsage(member, "image_stage_total", 0, -1);
    assertUsage(other, "image_count_total", 0, 0);

    String first = id(create(member));
    String second = id(create(member));
    try (SlowUpload upload =
        new SlowUpload(glance.api().url(), first, MIB + 1, "X-Auth-Token: " + member)) {
      upload.send(new byte[MIB]);
      Await.until(SOON, "it is saving", () -> usage(member, "image_count_uploading") == 1);
      assertRefused(upload(second, 1), "image_count_uploading");
      upload.send(new byte[1]);
      assertThat(upload.answer()).isEqualTo(204);
    }
    assertUsage(member, "image_size_total", 1, 2);
    // Bytes count, where upstream rounds both down to 2 MiB.
    assertRefused(upload(second, MIB), "image_size_total");
    assertThat(upload(second, MIB - 1).statusCode()).isEqualTo(204);
    assertUsage(member, "image_size_total", 2, 2);
    id(create(member));
    assertRefused(create(member), "image_count_total");
    assertThat(http.send("DELETE", "/v2/images/" + first, new byte[0], token(member)).statusCode())
        .isEqualTo(204);
    assertUsage(member, "image_size_total", 0, 2);

    keystone.stop();
    try {
      String last = id(create(member));
      assertThat(upload(last, 1).statusCode()).isEqualTo(204);
    } finally {
      keystone.start();
    }

    assertThat(glance.api().log() + glance.registry().log())
        .as("what the services log, down to DEBUG")
        .contains("DEBUG", "\"action\":\"create\"")
        .doesNotContain(member)
        .doesNotContain(other)
        .doesNotContain("\"" + RealKeystone.PASSWORD)
        .doesNotContain(Installation.TOKEN);
  }

  private static void register(String resource, long limit) {
    made.add("/registered_limits/" + keystone.registerLimit(resource, limit));
  }

  private static HttpResponse<byte[]> create(String token) {
    byte[] body =
        "{\"name\": \"x\", \"disk_format\": \"raw\", \"container_format\": \"bare\"}"
            .getBytes(UTF_8);
    return http.send("POST", "/v2/images", body, token(token));
  }

  private static String id(HttpResponse<byte[]> created) {
    assertThat(created.statusCode()).as(Images.text(created)).isEqualTo(201);
    return Images.json(created).path("id").asText();
  }

  private static HttpResponse<byte[]> upload(String id, int size) {
    return http.send(
        "PUT",
        "/v2/images/" + id + "/file",
        new byte[size],
        "X-Auth-Token",
        member,
        "Content-Type",
        "application/octet-stream");
  }

  private static String[] token(String token) {
    return new String[] {"X-Auth-Token", token};
  }

  private static long usage(String token, String resource) {
    return entry(token, resource).path("usage").asLong();
  }

  private static void assertUsage(String token, String resource, long usage, long limit) {
    JsonNode entry = entry(token, resource);
    assertThat(entry.path("usage").asLong()).as("%s: %s", resource, entry).isEqualTo(usage);
    assertThat(entry.path("limit").asLong()).as("%s: %s", resource, entry).isEqualTo(limit);
  }

  private static JsonNode entry(String token, String resource) {
    HttpResponse<byte[]> answer = http.get("/v2/info/usage", token(token));
    assertThat(answer.statusCode()).as(Images.text(answer)).isEqualTo(200);
    return Images.json(answer).path("usage").path(resource);
  }

  private static void assertRefused(HttpResponse<byte[]> answer, String limit) {
    assertThat(answer.statusCode()).as(Images.text(answer)).isEqualTo(413);
    assertThat(Images.text(answer)).contains(limit);
  }
}
