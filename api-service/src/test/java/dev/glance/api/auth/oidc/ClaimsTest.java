package dev.glance.api.auth.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.Caller;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What claims mean, in the forms that issuers give them. */
class ClaimsTest {
  @Test
  void nestedClaimsAreFound() {
    Caller caller =
        caller(
            Map.of(),
            Map.of(
                "sub", "u-1",
                "preferred_username", "alice",
                "project_id", "lab",
                "realm_access", Map.of("roles", List.of("Member", 7, "auditor"))));

    assertThat(caller.user()).isEqualTo("u-1");
    assertThat(caller.userName()).isEqualTo("alice");
    assertThat(caller.project()).isEqualTo("lab");
    assertThat(caller.roles()).containsExactlyInAnyOrder("member", "reader", "auditor");
  }

  @Test
  void aNameWithDotsIsFoundAsItIsFirst() {
    Caller caller =
        caller(
            Map.of("glance.auth.oidc.roles-claim", "https://example.org/roles"),
            Map.of("https://example.org/roles", "reader, auditor"));

    assertThat(caller.roles()).containsExactlyInAnyOrder("reader", "auditor");
  }

  @Test
  void aListOfOneProjectIsThatProjectAndOfSeveralIsNone() {
    assertThat(caller(Map.of(), Map.of("project_id", List.of("lab"))).project()).isEqualTo("lab");
    assertThat(caller(Map.of(), Map.of("project_id", List.of("a", "b"))).project()).isNull();
  }

  @Test
  void whatIsMissingOrOfAnotherFormIsNothing() {
    for (Object odd : List.of(7, true, Map.of("a", "b"), " ", List.of())) {
      Map<String, Object> claims = new HashMap<>();
      claims.put("sub", odd);
      claims.put("project_id", odd);
      claims.put("realm_access", odd);
      Caller caller = caller(Map.of(), claims);
      assertThat(caller.user()).isNull();
      assertThat(caller.project()).isNull();
      assertThat(caller.roles()).isEmpty();
    }
  }

  private static Caller caller(Map<String, String> settings, Map<String, Object> claims) {
    OidcConfig config =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withSources(new PropertiesConfigSource(settings, "test", 100))
            .withMapping(OidcConfig.class)
            .build()
            .getConfigMapping(OidcConfig.class);
    return new Claims(config).caller(claims);
  }
}
