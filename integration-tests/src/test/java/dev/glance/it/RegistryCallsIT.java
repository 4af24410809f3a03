package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What each request costs in calls to the registry, counted between the two services: a hop is
 * cheap, and two are not. Whoever adds one changes this table.
 */
class RegistryCallsIT {
  private static final byte[] NOTHING = new byte[0];

  @RegisterExtension static final Installation glance = new Installation();

  private static RecordingRegistry registry;
  private static Http http;

  private String id = "";

  @BeforeAll
  static void start() throws IOException {
    registry = new RecordingRegistry(glance.registry().url());
    glance.api().set("glance.api.registry.url", registry.url());
    glance.start();
    http = new Http(glance.api().url());
  }

  @AfterAll
  static void stop() throws IOException {
    glance.close();
    registry.close();
  }

  @BeforeEach
  void anActiveImageOfSomeProjects() {
    id = glance.images().create("counted", new byte[] {1, 2, 3});
    for (String project : List.of("p1", "p2")) {
      String body = "{\"member\": \"" + project + "\"}";
      assertThat(send("POST", "/v2/images/ID/members", body).statusCode()).isEqualTo(200);
    }
    assertThat(send("PUT", "/v2/images/ID/tags/old", "").statusCode()).isEqualTo(204);
    registry.takeCalls();
  }

  /** Calls, method, path, body, and the status that shows that the request did its work. */
  @ParameterizedTest(name = "{0}: {1} {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1 | GET    | /v2/images/ID | | 200",
        "1 | HEAD   | /v2/images/ID | | 200",
        "1 | GET    | /v2/images | | 200",
        "1 | GET    | /v2/images?visibility=all&tag=old&name=in:counted,x&sort=size:asc&limit=1 | | 200",
        "1 | GET    | /v2/images?limit=1&marker=ID | | 200",
        "1 | POST   | /v2/images | {} | 201",
        "2 | PATCH  | /v2/images/ID | [{\"op\": \"add\", \"path\": \"/a\", \"value\": \"b\"}, {\"op\": \"replace\", \"path\": \"/name\", \"value\": \"n\"}] | 200",
        "1 | PATCH  | /v2/images/ID | [] | 200",
        "2 | DELETE | /v2/images/ID | | 204",
        "2 | PUT    | /v2/images/ID/tags/new | | 204",
        "1 | PUT    | /v2/images/ID/tags/old | | 204",
        "2 | DELETE | /v2/images/ID/tags/old | | 204",
        "2 | POST   | /v2/images/ID/actions/deactivate | | 204",
        "2 | GET    | /v2/images/ID/members | | 200",
        "2 | GET    | /v2/images/ID/members/p1 | | 200",
        "2 | POST   | /v2/images/ID/members | {\"member\": \"p3\"} | 200",
        "3 | PUT    | /v2/images/ID/members/p1 | {\"status\": \"accepted\"} | 200",
        "3 | DELETE | /v2/images/ID/members/p1 | | 204",
        "1 | GET    | /v2/images/ID/file | | 200",
        "1 | HEAD   | /v2/images/ID/file | | 200",
        "2 | GET    | /v2/images/ID/tasks | | 200",
        "0 | GET    | /v2/schemas/image | | 200",
        "0 | GET    | /v2/info/import | | 200",
        "0 | GET    | /versions | | 200",
        "1 | GET    | /v2/metadefs/namespaces | | 200",
        "1 | GET    | /v2/metadefs/resource_types | | 200",
        "1 | GET    | /v2/tasks | | 200",
      })
  void aRequestMakesSoManyCalls(int calls, String method, String path, String body, int status) {
    HttpResponse<byte[]> response = send(method, path, body == null ? "" : body);

    assertThat(response.statusCode()).as(Images.text(response)).isEqualTo(status);
    assertThat(registry.takeCalls()).hasSize(calls);
  }

  /**
   * The image, the lease that goes with the intent, and the commit; short ones have no heartbeat.
   */
  @Test
  void anUploadMakesThree() {
    String queued = glance.images().create("queued");
    registry.takeCalls();

    assertThat(glance.images().upload(queued, new byte[] {1}).statusCode()).isEqualTo(204);

    assertThat(registry.takeCalls()).hasSizeLessThanOrEqualTo(3);
  }

  private HttpResponse<byte[]> send(String method, String path, String body) {
    String type =
        method.equals("PATCH")
            ? "application/openstack-images-v2.1-json-patch"
            : "application/json";
    byte[] bytes = body.isEmpty() ? NOTHING : body.getBytes(StandardCharsets.UTF_8);
    return http.send(method, path.replace("ID", id), bytes, "Content-Type", type);
  }
}
