package dev.glance.api.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is made of Keystone's documents; {@code UnifiedLimitsIT} asks a real one. */
class KeystoneLimitsTest {
  private final Map<String, String> documents = new HashMap<>();
  private long now;
  private int calls;
  private boolean isAway;

  KeystoneLimitsTest() {
    documents.put("/limits/model", "{'model': {'name': 'flat'}}");
    documents.put("/services?type=image", "{'services': [{'id': 's1'}]}");
    documents.put("/endpoints/e1", "{'endpoint': {'service_id': 's1', 'region_id': 'RegionTwo'}}");
    documents.put(
        "/registered_limits?service_id=s1",
        """
        {'registered_limits': [
          {'resource_name': 'image_size_total', 'region_id': 'RegionOne', 'default_limit': 10},
          {'resource_name': 'image_size_total', 'region_id': 'RegionTwo', 'default_limit': 20},
          {'resource_name': 'image_size_total', 'region_id': null, 'default_limit': 30},
          {'resource_name': 'image_count_total', 'region_id': 'RegionOne', 'default_limit': -1}]}
        """);
    documents.put(
        "/limits?service_id=s1&project_id=p%26q",
        """
        {'limits': [
          {'resource_name': 'image_size_total', 'region_id': 'RegionOne', 'resource_limit': 5},
          {'resource_name': 'image_size_total', 'region_id': 'RegionTwo', 'resource_limit': 6}]}
        """);
    documents.put("/limits?service_id=s1&project_id=p", "{'limits': []}");
  }

  @Test
  void aProjectsOwnLimitCountsBeforeTheRegisteredOne() {
    KeystoneLimits limits = limits(Map.of(), "RegionOne");

    assertThat(limits.of("p").of("image_size_total")).isEqualTo(10);
    assertThat(limits.of("p&q").of("image_size_total")).isEqualTo(5);
    assertThat(limits.of("p&q").of("image_count_total")).isEqualTo(-1);
    assertThat(limits.of("p").of("image_count_uploading")).as("unregistered").isZero();
  }

  @Test
  void limitsAreThoseOfTheEndpointsRegion() {
    assertThat(
            limits(Map.of("oslo-limit.endpoint-id", "e1"), "RegionOne")
                .of("p")
                .of("image_size_total"))
        .isEqualTo(20);
    assertThat(limits(Map.of(), null).of("p").of("image_size_total")).isEqualTo(30);
  }

  @Test
  void limitsAreReadOnceInAWhile() {
    KeystoneLimits limits = limits(Map.of(), "RegionOne");
    limits.of("p");
    int once = calls;
    documents.put("/registered_limits?service_id=s1", "{'registered_limits': []}");

    pass(Duration.ofSeconds(59));
    assertThat(limits.of("p").of("image_size_total")).isEqualTo(10);
    assertThat(calls).isEqualTo(once);
    pass(Duration.ofSeconds(2));
    assertThat(limits.of("p").of("image_size_total")).isZero();
  }

  @Test
  void whileKeystoneIsAwayTheLastLimitsCountForAWhile() {
    KeystoneLimits limits = limits(Map.of(), "RegionOne");
    limits.of("p");
    isAway = true;

    pass(Duration.ofMinutes(9));
    assertThat(limits.of("p").of("image_size_total")).isEqualTo(10);
    int asked = calls;
    assertThat(limits.of("p").of("image_size_total")).isEqualTo(10);
    assertThat(calls).as("left alone for a moment").isEqualTo(asked);
    pass(Duration.ofMinutes(2));
    assertUnavailable(limits, "p");
    isAway = false;
    pass(Duration.ofSeconds(6));
    assertThat(limits.of("p").of("image_size_total")).isEqualTo(10);
  }

  @Test
  void withoutLimitsNothingIsAllowedUntilKeystoneIsThere() {
    KeystoneLimits limits = limits(Map.of(), "RegionOne");
    isAway = true;
    assertUnavailable(limits, "p");
    isAway = false;
    assertUnavailable(limits, "p");

    pass(Duration.ofSeconds(6));

    assertThat(limits.of("p").of("image_size_total")).isEqualTo(10);
  }

  @Test
  void anotherModelAndAnUnknownServiceAreRefused() {
    documents.put("/limits/model", "{'model': {'name': 'strict_two_level'}}");
    assertUnavailable(limits(Map.of(), "RegionOne"), "p");
    documents.put("/limits/model", "{'model': {'name': 'flat'}}");
    documents.put("/services?type=image", "{'services': []}");
    assertUnavailable(limits(Map.of(), "RegionOne"), "p");
    documents.put("/services?type=image", "{'odd': 1}");
    assertUnavailable(limits(Map.of(), "RegionOne"), "p");
  }

  private KeystoneLimits limits(Map<String, String> settings, @Nullable String region) {
    return new KeystoneLimits(
        this::answer, TestQuotas.config(settings).osloLimit(), region, () -> now);
  }

  private Future<JsonObject> answer(String path) {
    calls++;
    if (isAway) {
      return Future.failedFuture(new GlanceException(ErrorCode.IDENTITY_UNAVAILABLE, "away"));
    }
    String document = Objects.requireNonNull(documents.get(path), path);
    return Future.succeededFuture(new JsonObject(document.replace('\'', '"')));
  }

  private void pass(Duration duration) {
    now += duration.toNanos();
  }

  private static void assertUnavailable(KeystoneLimits limits, String project) {
    assertThatThrownBy(() -> limits.of(project))
        .isInstanceOfSatisfying(
            GlanceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.IDENTITY_UNAVAILABLE));
  }
}
