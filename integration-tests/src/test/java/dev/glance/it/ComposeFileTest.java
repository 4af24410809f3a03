package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What must be true of docker-compose.yml whoever edits it; deploy/try-containers runs it for real.
 */
class ComposeFileTest {

  private final JsonNode services;

  ComposeFileTest() throws IOException {
    services =
        new YAMLMapper().readTree(Path.of("..", "docker-compose.yml").toFile()).path("services");
  }

  @Test
  void onlyTheApiIsPublishedAndOnlyOnLoopback() {
    assertThat(services.path("glance-api").path("ports")).hasSize(1);
    assertThat(services.path("glance-api").path("ports").path(0).asText()).startsWith("127.0.0.1:");
    assertThat(services.path("glance-registry").has("ports")).isFalse();
    assertThat(services.path("postgres").has("ports")).isFalse();
  }

  @Test
  void theApiCannotReachTheDatabase() {
    assertThat(services.path("glance-api").path("networks").toString()).doesNotContain("database");
    assertThat(services.path("glance-api").toString()).doesNotContain("DATABASE");
  }

  @Test
  void eachStartsWhenWhatItNeedsIsHealthy() {
    assertThat(condition("glance-registry", "postgres")).isEqualTo("service_healthy");
    assertThat(condition("glance-api", "glance-registry")).isEqualTo("service_healthy");
  }

  @Test
  void everyContainerRunsWithoutPrivileges() {
    assertThat(services)
        .hasSize(3)
        .allSatisfy(
            service -> {
              assertThat(service.path("read_only").asBoolean()).isTrue();
              assertThat(service.path("cap_drop").path(0).asText()).isEqualTo("ALL");
              assertThat(service.path("security_opt").path(0).asText())
                  .isEqualTo("no-new-privileges:true");
            });
  }

  /** `:?` makes compose refuse to start, with the sentence after it, where a secret is missing. */
  @Test
  void everySecretIsRequiredFromTheEnvironment() {
    for (String[] secret :
        List.of(
            new String[] {"postgres", "POSTGRES_PASSWORD"},
            new String[] {"glance-registry", "GLANCE_REGISTRY_DATABASE_PASSWORD"},
            new String[] {"glance-registry", "GLANCE_REGISTRY_TOKEN"},
            new String[] {"glance-api", "GLANCE_API_REGISTRY_TOKEN"},
            new String[] {"glance-api", "GLANCE_AUTH_HTTP_BASIC_ADMIN_PASSWORD"})) {
      assertThat(services.path(secret[0]).path("environment").path(secret[1]).asText())
          .as(secret[1])
          .matches("\\$\\{GLANCE_[A-Z_]+:\\?set .+}");
    }
  }

  @Test
  void theApiAsksWhoIsCalling() {
    JsonNode environment = services.path("glance-api").path("environment");
    assertThat(environment.path("GLANCE_AUTH_MODE").asText()).isEqualTo("http_basic");
    assertThat(environment.toString()).doesNotContain("ALLOW_REMOTE");
  }

  private String condition(String service, String needed) {
    return services.path(service).path("depends_on").path(needed).path("condition").asText();
  }
}
