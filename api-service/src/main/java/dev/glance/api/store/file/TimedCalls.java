package dev.glance.api.store.file;

import dev.glance.api.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Calls to a file system whose server may be away: the kernel lets a thread that asks it wait for
 * ever, and nothing wakes that thread. So threads of their own make the calls, and callers wait for
 * as long as the timeout. Once a call has outlasted it, all others fail at once, but for one per
 * timeout that tries again; any call that comes back, well or not, ends that. Thread-safe.
 */
final class TimedCalls {
  private static final Logger LOG = Logger.getLogger(TimedCalls.class);

  /** As many calls run at once, and as many threads hang at most. */
  static final int MOST = 64;

  /** How long readiness can wait; its own patience is 4 s. */
  private static final Duration PROBE = Duration.ofSeconds(3);

  private final String store;
  private final String directory;
  private final Duration timeout;
  private final Semaphore places = new Semaphore(MOST);
  private final AtomicBoolean isAway = new AtomicBoolean();
  private @Nullable CompletableFuture<?> probe;
  private long probedAt;

  /** They end by themselves; uploads under way clean up by them while the service stops. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("disk-", 0).factory());

  /** Something to ask a file system for. */
  interface Call<T> {
    T run() throws IOException;
  }

  TimedCalls(String store, String directory, Duration timeout) {
    this.store = store;
    this.directory = directory;
    this.timeout = timeout;
  }

  /** Whether the last that is known of the file system is that it does not answer. */
  boolean isAway() {
    return isAway.get();
  }

  /**
   * Makes a call and waits for its end.
   *
   * @throws StoreException.Unavailable when it does not end in time; it may still end later
   * @throws StoreException.Cancelled when the waiting thread is interrupted; the call goes on
   */
  <T> T call(Call<T> call) throws IOException {
    return await(start(call));
  }

  /** Like {@link #call}; what is opened after nobody waits for it any more is closed again. */
  <T extends AutoCloseable> T open(Call<T> call) throws IOException {
    CompletableFuture<T> answer = start(call);
    try {
      return await(answer);
    } catch (StoreException e) {
      CompletableFuture<?> _ = answer.thenAcceptAsync(TimedCalls::closeLate, threads);
      throw e;
    }
  }

  private static void closeLate(AutoCloseable opened) {
    try {
      opened.close();
    } catch (Exception e) {
      LOG.warnf("what hung while it was opened could not be closed: %s", e);
    }
  }

  /**
   * Begins a call.
   *
   * @throws StoreException.Unavailable when the file system does not answer
   */
  <T> CompletableFuture<T> start(Call<T> call) {
    if (isAway.get()) {
      throw away();
    }
    return begin(call);
  }

  private <T> CompletableFuture<T> begin(Call<T> call) {
    try {
      if (!places.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw away();
      }
    } catch (InterruptedException e) {
      throw cancelled(e);
    }
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      threads.execute(() -> run(call, answer));
    } catch (RuntimeException | Error e) {
      places.release();
      throw e;
    }
    return answer;
  }

  private <T> void run(Call<T> call, CompletableFuture<T> answer) {
    T result;
    try {
      result = call.run();
    } catch (IOException | RuntimeException | Error e) {
      answered();
      answer.completeExceptionally(e);
      return;
    }
    answered();
    answer.complete(result);
  }

  private void answered() {
    places.release();
    if (isAway.compareAndSet(true, false)) {
      LOG.warnf("store %s: %s answers again", store, directory);
    }
  }

  /** Waits for the end of a call that {@link #start} began; throws as {@link #call} does. */
  <T> T await(CompletableFuture<T> answer) throws IOException {
    return await(answer, timeout);
  }

  private <T> T await(CompletableFuture<T> answer, Duration limit) throws IOException {
    try {
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      if (limit.equals(timeout)) {
        gaveNoAnswer(answer);
      }
      throw away();
    } catch (InterruptedException e) {
      throw cancelled(e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IOException(e);
      }
    }
  }

  private void gaveNoAnswer(CompletableFuture<?> answer) {
    if (isAway.compareAndSet(false, true)) {
      LOG.errorf("store %s: %s gives no answer within %s", store, directory, timeout);
    }
    if (answer.isDone()) {
      // In this very moment.
      isAway.set(false);
    }
  }

  /**
   * Looks whether the file system answers, also while it does not. Waits a little only: what has
   * not come back then is waited for again by the next look, and replaced by another when it has
   * outlasted the timeout.
   */
  synchronized void probe(Call<?> call) throws IOException {
    CompletableFuture<?> pending = probe;
    if (pending != null && !pending.isDone() && System.nanoTime() - probedAt > timeout.toNanos()) {
      gaveNoAnswer(pending);
      pending = null;
    }
    if (pending == null || pending.isDone()) {
      probedAt = System.nanoTime();
      pending = begin(call);
      probe = pending;
    }
    await(pending, timeout.compareTo(PROBE) < 0 ? timeout : PROBE);
  }

  /** Has something done that nobody waits for, once a call has ended, where there is one. */
  void after(@Nullable CompletableFuture<?> call, Runnable then) {
    if (call == null) {
      threads.execute(then);
    } else {
      CompletableFuture<?> _ = call.whenCompleteAsync((_, _) -> then.run(), threads);
    }
  }

  /**
   * Closes what was only read, and waits for that unless the file system is away.
   *
   * @param user the call that may still be using it
   */
  void closeQuietly(@Nullable CompletableFuture<?> user, Closeable opened) {
    Call<Boolean> close =
        () -> {
          opened.close();
          return true;
        };
    if (isAway.get() || (user != null && !user.isDone())) {
      after(user, () -> quietly(close));
    } else {
      quietly(() -> call(close));
    }
  }

  private static void quietly(Call<Boolean> close) {
    try {
      close.run();
    } catch (IOException | StoreException _) {
      // There is nothing to lose.
    }
  }

  /** The word for a file system that gives no answer. */
  StoreException away() {
    return new StoreException.Unavailable(
        "store " + store + ": its file system gives no answer within " + timeout.toMillis() + " ms",
        null);
  }

  private StoreException cancelled(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new StoreException.Cancelled("store " + store + ": cancelled", e);
  }
}
