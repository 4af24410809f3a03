package dev.glance.api.auth.keystone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.Caller;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How often Keystone is asked. */
class TokenCacheTest {
  private final Optional<ValidToken> known =
      Optional.of(
          new ValidToken(
              new Caller("p", "u", Set.of("member")), Instant.now().plusSeconds(3600), null));

  private final List<String> asked = new ArrayList<>();
  private final List<Promise<Optional<ValidToken>>> answers = new ArrayList<>();
  private final TokenCache cache = cache(Duration.ofMinutes(5), 100);

  @Test
  void manyRequestsWithOneNewTokenAskOnce() {
    List<Future<Optional<ValidToken>>> requests = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      requests.add(cache.find("a", false));
    }
    assertThat(requests).noneMatch(Future::isComplete);
    answers.getFirst().complete(known);

    assertThat(requests).allSatisfy(request -> assertThat(request.result()).isEqualTo(known));
    assertThat(cache.find("a", false).result()).isSameAs(known);
    assertThat(cache.find("a", true).result()).isSameAs(known);
    assertThat(asked).containsExactly("a false");
  }

  @Test
  void aRefusalIsRememberedBriefly() {
    cache.find("a", false);
    answers.getFirst().complete(Optional.empty());

    assertThat(cache.find("a", false).result()).isEmpty();
    assertThat(asked).containsExactly("a false");
  }

  @Test
  void aRefusalSaysNothingOfExpiredTokensWhereTheyCount() {
    cache.find("a", false);
    answers.getFirst().complete(Optional.empty());
    cache.find("a", true);
    answers.get(1).complete(known);

    assertThat(cache.find("a", true).result()).isEqualTo(known);
    assertThat(cache.find("a", false).result()).isEmpty();
    assertThat(asked).containsExactly("a false", "a true");
  }

  @Test
  void aFailureToAskIsNotRemembered() {
    Future<Optional<ValidToken>> first = cache.find("a", false);
    answers.getFirst().fail("Keystone is away");
    assertThat(first.failed()).isTrue();

    Future<Optional<ValidToken>> second = cache.find("a", false);
    answers.get(1).complete(known);

    assertThat(second.result()).isEqualTo(known);
  }

  @Test
  void anAnswerIsBelievedForItsTimeAndNoLonger() throws InterruptedException {
    TokenCache brief = cache(Duration.ofMillis(200), 100);
    brief.find("a", false);
    answers.getFirst().complete(known);
    brief.find("b", false);
    answers.get(1).complete(Optional.empty());
    Thread.sleep(300);

    brief.find("a", false);
    brief.find("b", false);

    assertThat(asked).containsExactly("a false", "b false", "a false", "b false");
  }

  @Test
  void aCacheTimeOfZeroBelievesNothing() {
    TokenCache none = cache(Duration.ZERO, 100);
    for (int i = 0; i < 3; i++) {
      none.find("a", false);
      answers.get(i).complete(known);
    }

    assertThat(asked).hasSize(3);
  }

  @Test
  void theSizeIsBounded() {
    TokenCache small = cache(Duration.ofMinutes(5), 10);
    for (int i = 0; i < 1000; i++) {
      small.find("t" + i, false);
      answers.get(i).complete(known);
    }
    asked.clear();
    for (int i = 0; i < 1000; i++) {
      small.find("t" + i, false);
      answers.getLast().tryComplete(known);
    }

    assertThat(asked).hasSizeGreaterThan(980);
  }

  private TokenCache cache(Duration time, int size) {
    return new TokenCache(
        time,
        size,
        (token, isExpiredFine) -> {
          asked.add(token + " " + isExpiredFine);
          Promise<Optional<ValidToken>> answer = Promise.promise();
          answers.add(answer);
          return answer.future();
        });
  }
}
