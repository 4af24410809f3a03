package dev.glance.api.auth.keystone;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which calls a rule of an application credential covers. */
class AccessRuleTest {
  @ParameterizedTest
  @CsvSource({
    "/v2/images, /v2/images, true",
    "/v2/images, /v2/images/1, false",
    "/v2/images, /V2/images, false",
    "/v2/images/*, /v2/images/1, true",
    "/v2/images/*, /v2/images/, false",
    "/v2/images/*, /v2/images/1/file, false",
    "/v2/images/{image_id}, /v2/images/1, true",
    "/v2/images/{image_id}/file, /v2/images/1/file, true",
    "/v2/images/{image_id}/file, /v2/images/1/2/file, false",
    "/v2/**, /v2/images/1/file, true",
    "/v2/**, /v3/images, false",
    "**, /v2/images, true",
    "/v2/**/file, /v2/images/1/file, true",
    "/v2/**/file, /v2/images/1, false",
    "/v2/image., /v2/images, false",
    "/v2/(.*), /v2/images, false",
    "/v2/[, /v2/[, true",
    "/v2/{open, /v2/{open, true",
    "'', /v2/images, false"
  })
  void aPathIsMatchedAsAWhole(String pattern, String path, boolean isAllowed) {
    assertThat(rule("image", "GET", pattern).allows("GET", path)).isEqualTo(isAllowed);
  }

  @ParameterizedTest
  @CsvSource({"image, POST", "compute, GET", "'', GET", "image, ''", "image, get"})
  void anotherServiceOrMethodIsAnotherCall(String service, String method) {
    assertThat(rule(service, method, "/v2/images").allows("GET", "/v2/images")).isFalse();
  }

  private static AccessRule rule(String service, String method, String path) {
    return AccessRule.of(
        new JsonObject().put("service", service).put("method", method).put("path", path));
  }
}
