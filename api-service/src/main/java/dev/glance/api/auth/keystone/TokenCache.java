package dev.glance.api.auth.keystone;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * What Keystone said of tokens, for a while: the only thing a request costs once its token is
 * known. Of many requests with one new token only the first asks Keystone, and the others wait for
 * its answer. Failures to ask are not remembered.
 */
final class TokenCache {
  /**
   * Clients try a refused token again, so a refusal is remembered too, but not for so long that a
   * token that Keystone knows only in a moment (its replicas lag) is lost on its owner.
   */
  private static final Duration UNKNOWN_FOR = Duration.ofSeconds(5);

  private final AsyncCache<TokenKey, Optional<ValidToken>> tokens;
  private final BiFunction<String, Boolean, Future<Optional<ValidToken>>> keystone;

  /**
   * A cache that is empty yet.
   *
   * @param time for how long an answer is believed
   * @param size the most answers kept
   * @param keystone asks for a token, and whether it may have expired; empty for an unknown one
   */
  TokenCache(
      Duration time, int size, BiFunction<String, Boolean, Future<Optional<ValidToken>>> keystone) {
    this.keystone = keystone;
    Duration unknownFor = time.compareTo(UNKNOWN_FOR) < 0 ? time : UNKNOWN_FOR;
    this.tokens =
        Caffeine.newBuilder()
            .maximumSize(size)
            .expireAfter(
                Expiry.<TokenKey, Optional<ValidToken>>creating(
                    (_, answer) -> answer.isPresent() ? time : unknownFor))
            // Its upkeep takes microseconds: no need of other threads.
            .executor(Runnable::run)
            .buildAsync();
  }

  /**
   * Looks a token up, and asks Keystone if need be.
   *
   * @param isExpiredFine whether a token past its end is worth asking Keystone for. The answer may
   *     be such a token in either case: the caller looks.
   */
  Future<Optional<ValidToken>> find(String token, boolean isExpiredFine) {
    TokenKey key = TokenKey.of(token, false);
    CompletableFuture<Optional<ValidToken>> known = tokens.getIfPresent(key);
    if (known == null || isUnknown(known)) {
      TokenKey wanted = key.with(isExpiredFine);
      known =
          tokens.get(
              wanted,
              (_, _) ->
                  keystone.apply(token, isExpiredFine).toCompletionStage().toCompletableFuture());
    }
    return known.isDone() && !known.isCompletedExceptionally()
        ? Future.succeededFuture(known.resultNow())
        : Future.fromCompletionStage(known);
  }

  private static boolean isUnknown(CompletableFuture<Optional<ValidToken>> known) {
    return known.isDone() && !known.isCompletedExceptionally() && known.resultNow().isEmpty();
  }
}
