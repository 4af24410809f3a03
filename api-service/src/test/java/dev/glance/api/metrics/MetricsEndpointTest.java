package dev.glance.api.metrics;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.FailingStore;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.api.store.memory.MemoryStore;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a scrape shows, with one store that is away. */
@QuarkusTest
@TestProfile(MetricsEndpointTest.OneStoreAway.class)
class MetricsEndpointTest {
  private static volatile boolean isUnreadable;

  @Inject MetricsEndpoint endpoint;

  /** Metrics on a free port. */
  public static class OneStoreAway implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("glance.api.metrics.port", "0");
    }

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
      return Set.of(TwoStores.class);
    }
  }

  /** In the place of the configured stores. */
  @Alternative
  @Singleton
  public static class TwoStores {
    @Produces
    @Singleton
    Stores stores() {
      return Stores.of(
          List.of(
              new FailingStore(new MemoryStore("well", null, 0)) {
                @Override
                public ImageBytes read(StoreLocation at, ByteRange range) {
                  if (isUnreadable) {
                    throw new StoreException.Unavailable("the disk is gone", null);
                  }
                  return super.read(at, range);
                }
              },
              new FailingStore(new MemoryStore("away", null, 0)) {
                @Override
                public void check() {
                  throw new StoreException.Denied("the password is wrong", null);
                }
              }),
          "well");
    }
  }

  @Test
  void aStoreThatIsAwayIsSeenAndTheOtherServes() throws Exception {
    String file = "/v2/images/" + upload() + "/file";
    given().get(file).then().statusCode(200);
    isUnreadable = true;
    given().get(file).then().statusCode(503);
    isUnreadable = false;

    assertThat(eventually("glance_store_up{store=\"well\",type=\"memory\"} 1.0"))
        .contains(
            "glance_store_up{store=\"away\",type=\"memory\"} 0.0",
            "glance_registry_up 1.0",
            "glance_transfer_seconds_count{direction=\"upload\",outcome=\"finished\",store=\"well\"} ",
            "glance_transfer_bytes_total{direction=\"download\",outcome=\"finished\",store=\"well\"} ",
            "glance_store_failures_total{kind=\"unavailable\",store=\"well\"} 1.0",
            "http_server_requests_seconds_bucket{method=\"PUT\",status=\"204\","
                + "uri=\"/v2/images/{}/file\",le=\"0.005\"}",
            "glance_upload_buffers_free ",
            "jvm_memory_used_bytes{");
  }

  @Test
  void noMetricGrowsWithWhatClientsAskFor() throws Exception {
    String id = upload();
    given().get("/v2/images/" + id).then().statusCode(200);
    given().get("/nothing/" + id).then().statusCode(300);
    given().request("BREW", "/v2/images/" + id).then().statusCode(405);

    String text = eventually("http_server_requests_seconds_count{method=\"OTHER\",status=\"405\"");

    assertThat(text).contains("uri=\"/v2/images/{}\"", "uri=\"other\"").doesNotContain(id, "BREW");
  }

  @Test
  void thePortOfTheApiHasNone() throws Exception {
    given().get("/metrics").then().statusCode(300);
    assertThat(ask("GET", "/v2/images").statusCode()).isEqualTo(404);
    assertThat(ask("POST", "/metrics").statusCode()).isEqualTo(405);
    assertThat(ask("GET", "/metrics").headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
  }

  private static String upload() {
    String id =
        given()
            .contentType("application/json")
            .body("{\"disk_format\": \"raw\", \"container_format\": \"bare\"}")
            .post("/v2/images")
            .path("id");
    given()
        .contentType("application/octet-stream")
        .body(new byte[1000])
        .put("/v2/images/" + id + "/file")
        .then()
        .statusCode(204);
    return id;
  }

  /** A request is counted when its answer has gone, and stores are asked in the background. */
  private String eventually(String part) throws Exception {
    String text = ask("GET", "/metrics").body();
    for (int i = 0; i < 100 && !text.contains(part); i++) {
      Thread.sleep(50);
      text = ask("GET", "/metrics").body();
    }
    assertThat(text).contains(part);
    return text;
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path))
              .timeout(Duration.ofSeconds(10))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
