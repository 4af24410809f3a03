package dev.glance.api.auth.keystone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a token of each scope says of its caller. */
class ValidTokenTest {
  private static final String USER =
      """
      "user": {"id": "u", "name": "Ada", "domain": {"id": "ud", "name": "UD"}},
      "roles": [{"id": "1", "name": "MeMBer"}, {"id": "2", "name": "reader"}]
      """;

  @Test
  void aProjectsToken() {
    ValidToken token = token("\"project\": {\"id\": \"p\", \"domain\": {\"id\": \"pd\"}}");

    assertThat(token.caller())
        .isEqualTo(
            new Caller(
                "p",
                "u",
                Set.of("member", "reader"),
                Set.of(),
                TokenScope.PROJECT,
                null,
                "ud",
                "pd",
                "Ada",
                false));
  }

  @Test
  void aDomainsToken() {
    Caller caller = token("\"domain\": {\"id\": \"d\"}").caller();

    assertThat(caller.tokenScope()).isEqualTo(TokenScope.DOMAIN);
    assertThat(caller.domain()).isEqualTo("d");
    assertThat(caller.project()).isNull();
  }

  @Test
  void theSystemsToken() {
    Caller caller = token("\"system\": {\"all\": true}").caller();

    assertThat(caller.tokenScope()).isEqualTo(TokenScope.SYSTEM);
    assertThat(caller.project()).isNull();
    assertThat(caller.domain()).isNull();
  }

  @Test
  void anUnscopedTokenHasNoRoles() {
    Caller caller =
        ValidToken.of(
                new JsonObject(
                    """
                    {"token": {"user": {"id": "u"}, "expires_at": "2026-11-22T20:10:47.000000Z"}}
                    """))
            .caller();

    assertThat(caller).isEqualTo(new Caller(null, "u", Set.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-11-22T20:10:47.000000Z",
        "2026-11-22T20:10:47",
        "2026-11-22T20:10:47Z",
        "2026-11-22T21:10:47+01:00"
      })
  void timesAreReadWithAndWithoutAZone(String time) {
    ValidToken token =
        ValidToken.of(
            new JsonObject(
                "{\"token\": {\"user\": {\"id\": \"u\"}, \"expires_at\": \"%s\"}}"
                    .formatted(time)));

    assertThat(token.expiresAt()).isEqualTo(Instant.parse("2026-11-22T20:10:47Z"));
  }

  @Test
  void accessRulesNarrowEvenWhenThereAreNone() {
    assertThat(token("\"application_credential\": {}").allows("GET", "/v2/images")).isTrue();
    assertThat(
            token("\"application_credential\": {\"access_rules\": null}")
                .allows("GET", "/v2/images"))
        .isTrue();
    assertThat(
            token("\"application_credential\": {\"access_rules\": []}").allows("GET", "/v2/images"))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"token\": {}}", "{\"token\": []}"})
  void whatIsNoTokenIsNotReadAsOne(String answer) {
    assertThatThrownBy(() -> ValidToken.of(new JsonObject(answer)))
        .isInstanceOf(RuntimeException.class);
  }

  private static ValidToken token(String more) {
    return ValidToken.of(
        new JsonObject(
            "{\"token\": {%s, \"expires_at\": \"2026-11-22T20:10:47.000000Z\", %s}}"
                .formatted(USER, more)));
  }
}
