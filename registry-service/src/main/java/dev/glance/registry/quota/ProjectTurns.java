package dev.glance.registry.quota;

import dev.glance.model.registry.Limits;
import jakarta.inject.Singleton;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Lets the calls that take something for one project wait here for one another, on virtual threads,
 * before each takes a database connection: waiting for {@link QuotaRepository#lock} they would hold
 * every connection there is. That lock still decides, between the replicas.
 */
@Singleton
public class ProjectTurns {
  private static final int LOCKS = 256;

  // Projects that share one only wait a little more often.
  private final ReentrantLock[] locks =
      IntStream.range(0, LOCKS).mapToObj(_ -> new ReentrantLock()).toArray(ReentrantLock[]::new);

  /** Makes the call; at once when there are no limits. */
  public <T> T inTurn(@Nullable Limits limits, Supplier<T> call) {
    if (limits == null) {
      return call.get();
    }
    ReentrantLock lock = locks[Math.floorMod(limits.project().hashCode(), LOCKS)];
    lock.lock();
    try {
      return call.get();
    } finally {
      lock.unlock();
    }
  }
}
