package dev.glance.api.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Remembers which credentials have proved good, so that the costly proof is not made for each call.
 * A credential is checked once however many requests show it at the same time, away from the event
 * loop. What has failed is not remembered, and neither is any credential itself: entries are known
 * by a keyed digest whose key dies with the process.
 */
public final class VerifiedCredentials {
  private static final String DIGEST = "HmacSHA256";

  /** More than this many callers with warm entries evict each other; some 500 bytes each. */
  private static final int MAX_REMEMBERED = 10_000;

  private final Executor executor;
  private final int maxUnderWay;
  private final AtomicInteger checksUnderWay = new AtomicInteger();
  private final SecretKeySpec key;
  private volatile Generation generation = new Generation();

  /**
   * A proof.
   *
   * @param lifetime how long it holds from now on
   */
  public record Verified(Caller caller, Duration lifetime) {}

  /** What is known under one set of users or keys; forgetting is to begin another. */
  private static final class Generation {
    private final Cache<ByteBuffer, Verified> verified =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfter(Expiry.<ByteBuffer, Verified>creating((_, proof) -> proof.lifetime()))
            .executor(Runnable::run)
            .build();
    private final ConcurrentMap<ByteBuffer, Future<Caller>> underWay = new ConcurrentHashMap<>();
  }

  /**
   * @param executor runs the checks
   * @param maxUnderWay how many different credentials may be under check or wait for it; callers
   *     with more are told to come again (503)
   */
  public VerifiedCredentials(Executor executor, int maxUnderWay) {
    this.executor = executor;
    this.maxUnderWay = maxUnderWay;
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    this.key = new SecretKeySpec(random, DIGEST);
  }

  /**
   * The caller that the credential stands for. Does not block.
   *
   * @param check makes the proof, or throws a {@link GlanceException}; may block
   * @return may complete on any thread
   */
  public Future<Caller> verify(String credential, Callable<Verified> check) {
    ByteBuffer digest = digest(credential);
    Generation now = generation;
    Verified known = now.verified.getIfPresent(digest);
    if (known != null) {
      return Future.succeededFuture(known.caller());
    }
    Promise<Caller> answer = Promise.promise();
    Future<Caller> earlier = now.underWay.putIfAbsent(digest, answer.future());
    if (earlier != null) {
      return earlier;
    }
    if (checksUnderWay.incrementAndGet() > maxUnderWay) {
      checksUnderWay.decrementAndGet();
      now.underWay.remove(digest);
      answer.fail(
          new GlanceException(
              ErrorCode.IDENTITY_UNAVAILABLE, "Too many callers are being identified. Try again."));
    } else {
      executor.execute(() -> run(check, now, digest, answer));
    }
    return answer.future();
  }

  /** Has every credential checked anew: what they were checked against has changed. */
  public void forgetAll() {
    // A check that is under way ends in the generation that it began in, which nobody asks again.
    generation = new Generation();
  }

  private void run(
      Callable<Verified> check, Generation now, ByteBuffer digest, Promise<Caller> answer) {
    try {
      Verified proof = check.call();
      now.verified.put(digest, proof);
      finished(now, digest);
      answer.complete(proof.caller());
    } catch (Throwable e) {
      finished(now, digest);
      answer.fail(e);
    }
  }

  private void finished(Generation now, ByteBuffer digest) {
    checksUnderWay.decrementAndGet();
    now.underWay.remove(digest);
  }

  private ByteBuffer digest(String credential) {
    try {
      Mac mac = Mac.getInstance(DIGEST);
      mac.init(key);
      return ByteBuffer.wrap(mac.doFinal(credential.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
