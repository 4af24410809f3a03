package dev.glance.it;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for what another process does. */
final class Await {
  private static final Duration PAUSE = Duration.ofMillis(20);

  private Await() {}

  /** Returns as soon as the condition holds; fails when it does not within the limit. */
  static void until(Duration limit, String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + limit + ": " + what);
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
