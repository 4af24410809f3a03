package dev.glance.api.member;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.glance.api.store.FailingStore;
import dev.glance.api.store.Readers;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.api.store.Tenant;
import dev.glance.api.store.Upload;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.UploadKey;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a store with access lists is told while an image is uploaded, shared and published. */
@QuarkusTest
@TestProfile(AccessListsTest.Sharing.class)
class AccessListsTest {
  /** By the images' ids. */
  private static final Map<String, Readers> TOLD = new ConcurrentHashMap<>();

  private static volatile @Nullable Tenant uploadedFor;
  private static volatile boolean isAway;
  private static volatile boolean isSilent;

  @Inject FakeRegistry registry;
  @Inject AccessLists accessLists;

  private String image = "";

  /** The only store has access lists. */
  public static class Sharing implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("glance.api.show-multiple-locations", "true");
    }

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
      return Set.of(SharingStores.class);
    }
  }

  /** In the place of the configured stores. */
  @Alternative
  @Singleton
  public static class SharingStores {
    @Produces
    @Singleton
    Stores stores() {
      return Stores.single(
          new FailingStore(new MemoryStore("memory", null, 0)) {
            @Override
            public StoreInfo info() {
              StoreInfo info = super.info();
              return new StoreInfo(
                  info.name(),
                  info.type(),
                  info.description(),
                  info.weight(),
                  EnumSet.allOf(Capability.class),
                  info.properties());
            }

            @Override
            public Upload upload(UploadKey key, OptionalLong sizeBytes, Tenant tenant) {
              uploadedFor = tenant;
              return upload(key, sizeBytes);
            }

            @Override
            public void share(StoreLocation at, Readers readers) {
              if (isSilent) {
                awaitInterrupt();
              }
              if (isAway) {
                throw new StoreException.Unavailable("away", null);
              }
              String uri = at.uri().toString();
              TOLD.put(uri.substring(uri.lastIndexOf('/') + 1), readers);
            }
          });
    }
  }

  private static void awaitInterrupt() {
    try {
      Thread.sleep(Duration.ofMinutes(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Cancelled("silent", e);
    }
  }

  @BeforeEach
  void connect() {
    isAway = false;
    isSilent = false;
    upload();
  }

  private void upload() {
    String id =
        given()
            .contentType("application/json")
            .body(Map.of("disk_format", "raw", "container_format", "bare", "visibility", "shared"))
            .post("/v2/images")
            .path("id");
    image = "/v2/images/" + id;
    given()
        .contentType("application/octet-stream")
        .body(new byte[5])
        .put(image + "/file")
        .then()
        .statusCode(204);
  }

  @Test
  void bytesAreTheCallersProjects() {
    assertThat(uploadedFor).isEqualTo(new Tenant("admin", null));
    assertThat(told()).isEqualTo(new Readers(false, List.of()));
  }

  @Test
  void membersMayReadWhileTheyAreMembers() {
    add("one");
    add("two");
    assertThat(told()).isEqualTo(new Readers(false, List.of("one", "two")));

    given().delete(image + "/members/one").then().statusCode(204);
    assertThat(told()).isEqualTo(new Readers(false, List.of("two")));
  }

  @Test
  void everybodyMayReadWhatIsPublicAndMembersOnlyWhatIsShared() {
    add("one");

    become("public");
    assertThat(told()).isEqualTo(new Readers(true, List.of()));
    become("community");
    assertThat(told()).isEqualTo(new Readers(true, List.of()));
    become("private");
    assertThat(told()).isEqualTo(new Readers(false, List.of()));
    become("shared");
    assertThat(told()).isEqualTo(new Readers(false, List.of("one")));
  }

  /** The image is shared by then, and can be read through this service. */
  @Test
  void aStoreThatIsAwayFailsNoCallAndIsToldLater() {
    add("one");
    isAway = true;

    given().delete(image + "/members/one").then().statusCode(204);
    assertThat(told()).isEqualTo(new Readers(false, List.of("one")));
    isAway = false;
    registry.passTime(Duration.ofMinutes(2));

    awaitTold(new Readers(false, List.of()));
  }

  @Test
  void nobodyWaitsLongForAStoreThatIsSilentAndItIsToldLater() {
    isSilent = true;
    upload();
    assertThat(told()).isNull();
    await().atMost(10, TimeUnit.SECONDS).until(() -> registry.pendingJobs() > 0);
    isSilent = false;
    registry.passTime(Duration.ofMinutes(2));

    awaitTold(new Readers(false, List.of()));
  }

  @Test
  void whatWasToBeToldWhenAProcessEndedIsToldByAnother() {
    accessLists.expectChange(id());
    registry.share(id(), "one", "pending");
    registry.passTime(Duration.ofMinutes(2));

    awaitTold(new Readers(false, List.of("one")));
  }

  private @Nullable Readers told() {
    return TOLD.get(id());
  }

  private String id() {
    return image.substring(image.lastIndexOf('/') + 1);
  }

  private void awaitTold(Readers readers) {
    await().atMost(10, TimeUnit.SECONDS).untilAsserted(() -> assertThat(told()).isEqualTo(readers));
  }

  /** The store reads in all projects' accounts. */
  @Test
  void whatIsThereIsNoLocationThatAUserMayGive() {
    String id =
        given()
            .contentType("application/json")
            .body(Map.of("disk_format", "raw", "container_format", "bare"))
            .post("/v2/images")
            .path("id");
    Map<String, Object> location = Map.of("url", "memory://memory/" + id(), "metadata", Map.of());

    patch("/v2/images/" + id, Map.of("op", "add", "path", "/locations/-", "value", location), 400);
  }

  private void add(String project) {
    given()
        .contentType("application/json")
        .body(Map.of("member", project))
        .post(image + "/members")
        .then()
        .statusCode(200);
  }

  private void become(String visibility) {
    patch(image, Map.of("op", "replace", "path", "/visibility", "value", visibility), 200);
  }

  private static void patch(String path, Map<String, Object> operation, int status) {
    given()
        .contentType("application/openstack-images-v2.1-json-patch")
        .body(new JsonArray().add(new JsonObject(operation)).toBuffer().getBytes())
        .patch(path)
        .then()
        .statusCode(status);
  }
}
