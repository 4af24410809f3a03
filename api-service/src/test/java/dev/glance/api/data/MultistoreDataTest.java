package dev.glance.api.data;

import static io.restassured.RestAssured.given;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.api.store.Upload;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.ImagesApi.ImageChange;
import dev.glance.model.registry.ImagesApi.Relocation;
import dev.glance.model.registry.UploadKey;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two stores that answer with streams, one without room, and one whose server is away. */
@QuarkusTest
@TestProfile(MultistoreDataTest.FourStores.class)
class MultistoreDataTest {
  private static final byte[] BYTES = TestImages.bytes(2_000_003);

  private static final byte[] OTHER = BYTES.clone();

  static {
    OTHER[0]++;
  }

  @Inject FakeRegistry registry;
  @Inject Stores stores;

  /** The reserve of the store on disk is larger than any disk. */
  public static class FourStores implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.ofEntries(
          entry("glance.api.default-store", "fast"),
          entry("glance.stores.fast.type", "memory"),
          entry("glance.stores.fast.weight", "1"),
          entry("glance.stores.other.type", "memory"),
          entry("glance.stores.full.type", "file"),
          entry("glance.stores.full.file.directory", "target/full-data"),
          entry("glance.stores.full.file.reserve", "1E"),
          entry("glance.stores.web.type", "http"),
          entry("glance.stores.web.weight", "9"),
          entry("glance.stores.web.http.allowed-networks", "127.0.0.0/8"),
          entry("glance.stores.web.http.allowed-ports", "1"),
          entry("glance.stores.web.http.retry-delay", "1ms"));
    }
  }

  @Test
  void aStreamIsSentWhole() {
    String id = TestImages.queued(registry);
    put(id, "fast").then().statusCode(204);

    byte[] copy =
        given()
            .get(path(id))
            .then()
            .statusCode(200)
            .header("Content-Length", Integer.toString(BYTES.length))
            .extract()
            .asByteArray();

    assertThat(copy).isEqualTo(BYTES);
    assertThat(registry.show(TestImages.SCOPE, id).locations())
        .singleElement()
        .satisfies(at -> assertThat(at.metadata()).containsEntry("store", "fast"));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 0",
    "bytes=262143-262144, 262143, 262144",
    "bytes=-5, 1999998, 2000002"
  })
  void partsOfAStreamAreSent(String range, int first, int last) {
    String id = TestImages.queued(registry);
    put(id, "fast").then().statusCode(204);

    byte[] part =
        given()
            .header("Range", range)
            .get(path(id))
            .then()
            .statusCode(206)
            .header("Content-Range", "bytes " + first + "-" + last + "/" + BYTES.length)
            .extract()
            .asByteArray();

    assertThat(part).isEqualTo(Arrays.copyOfRange(BYTES, first, last + 1));
    given()
        .head(path(id))
        .then()
        .statusCode(200)
        .header("Content-Length", Integer.toString(BYTES.length));
  }

  @Test
  void aFullStoreIs413AndLeavesNothing() {
    String id = TestImages.queued(registry);

    put(id, "full").then().statusCode(413).body(containsString("no room"));

    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
    assertThat(Path.of("target/full-data/.uploads")).isEmptyDirectory();
    assertThat(registry.pendingJobs()).isZero();
    put(id, "fast").then().statusCode(204);
  }

  /** What is in a store that is not there would be 503, what is in none 204. */
  @Test
  void theHeaviestStoreIsReadUnlessOthersArePreferredAndTheRestIsFallBack() {
    String id = inBothStores();

    assertThat(download(id, "")).isEqualTo(BYTES);
    assertThat(download(id, "?prefer=other")).isEqualTo(OTHER);
    assertThat(download(id, "?prefer=other,fast")).isEqualTo(OTHER);
    assertThat(download(id, "?prefer=full,%20fast,other")).isEqualTo(BYTES);
    assertThat(download(id, "?prefer=")).isEqualTo(BYTES);

    stores.named("fast").orElseThrow().delete(at(id, "fast"));
    assertThat(download(id, "")).isEqualTo(OTHER);
    assertThat(download(id, "?prefer=fast")).isEqualTo(OTHER);
    stores.named("other").orElseThrow().delete(at(id, "other"));
    given().get(path(id)).then().statusCode(204);
    given()
        .get(path(id) + "?prefer=moon")
        .then()
        .statusCode(400)
        .body(containsString("Store 'moon' is not configured"));
  }

  /** Its bytes differ, so that a download tells where it came from. */
  private String inBothStores() {
    String id = TestImages.queued(registry);
    put(id, "fast").then().statusCode(204);
    Store other = stores.named("other").orElseThrow();
    UploadKey key = new UploadKey(UUID.randomUUID().toString(), id, 1, false);
    try (Upload upload = other.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(OTHER));
      Image image = registry.show(TestImages.SCOPE, id);
      List<Location> both = new ArrayList<>(image.locations());
      both.add(stores.location(other, upload.commit()));
      relocate(image, both);
    }
    return id;
  }

  private void relocate(Image image, List<Location> locations) {
    registry.update(
        TestImages.SCOPE,
        image.id(),
        new ImageChange(
            image.version(),
            ImageAttributes.of(image),
            null,
            new Relocation(locations, null, null, null, null)));
  }

  @Test
  void aStoreThatIsAwayIsPassedOverAndIs503OnlyWhenNoOtherHasTheImage() {
    String id = TestImages.queued(registry);
    put(id, "fast").then().statusCode(204);
    Image image = registry.show(TestImages.SCOPE, id);
    List<Location> both = new ArrayList<>(image.locations());
    both.add(new Location("http://127.0.0.1:1/image", Map.of("store", "web")));
    relocate(image, both);

    assertThat(download(id, "")).isEqualTo(BYTES);
    stores.named("fast").orElseThrow().delete(at(id, "fast"));
    given().get(path(id)).then().statusCode(503);
  }

  @ParameterizedTest
  @CsvSource({", fast", "swift-of-old, swift-of-old", "other, other"})
  void anImageThatUpstreamStoredIsReadWhateverStoreItsLocationNames(
      @Nullable String store, String shown) {
    String id = TestImages.queued(registry);
    put(id, "fast").then().statusCode(204);
    Image image = registry.show(TestImages.SCOPE, id);
    String url = image.locations().getFirst().url();
    relocate(image, List.of(new Location(url, store == null ? Map.of() : Map.of("store", store))));

    given().get("/v2/images/" + id).then().statusCode(200).body("stores", equalTo(shown));
    assertThat(download(id, "")).isEqualTo(BYTES);
  }

  private StoreLocation at(String id, String store) {
    return registry.show(TestImages.SCOPE, id).locations().stream()
        .filter(location -> store.equals(location.metadata().get("store")))
        .map(location -> StoreLocation.of(location.url()))
        .findFirst()
        .orElseThrow();
  }

  private static byte[] download(String id, String query) {
    return given()
        .urlEncodingEnabled(false)
        .get(path(id) + query)
        .then()
        .statusCode(200)
        .extract()
        .asByteArray();
  }

  @Test
  void anUnknownStoreIs400() {
    String id = TestImages.queued(registry);

    put(id, "moon").then().statusCode(400);

    assertThat(registry.show(TestImages.SCOPE, id).status()).isEqualTo(ImageStatus.QUEUED);
  }

  private static Response put(String id, String store) {
    return given()
        .contentType("application/octet-stream")
        .header("X-Image-Meta-Store", store)
        .body(BYTES)
        .put(path(id));
  }

  private static String path(String id) {
    return "/v2/images/" + id + "/file";
  }
}
