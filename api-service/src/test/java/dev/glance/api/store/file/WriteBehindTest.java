package dev.glance.api.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WriteBehindTest {
  private static final int STEP = WriteBehind.STEP_BYTES;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger begun = new AtomicInteger();
  private final Semaphore mayEnd = new Semaphore(0);
  private final WriteBehind behind =
      new WriteBehind(
          threads,
          () -> {
            begun.incrementAndGet();
            mayEnd.acquireUninterruptibly();
          });

  @AfterEach
  void end() {
    mayEnd.release(100);
    threads.shutdown();
  }

  @Test
  void littleIsNotFlushed() throws IOException {
    behind.wrote(STEP - 1);

    behind.await();

    assertThat(begun).hasValue(0);
  }

  @Test
  void eachStepIsFlushedWhileTheWriterGoesOn() throws IOException {
    mayEnd.release(3);
    for (int i = 0; i < 3; i++) {
      behind.wrote(STEP - 1);
      behind.wrote(1);
      behind.await();
    }

    assertThat(begun).hasValue(3);
  }

  @Test
  void aSlowDiskHasOneFlushAtATimeAndHoldsUpNoWriter() throws IOException {
    for (int i = 0; i < 5; i++) {
      behind.wrote(STEP);
    }

    mayEnd.release(100);
    behind.await();
    assertThat(begun).hasValue(1);
    behind.wrote(1);
    behind.await();
    assertThat(begun).hasValue(2);
  }

  @Test
  void theEndWaitsForTheFlushUnderWay() throws IOException {
    behind.wrote(STEP);
    CompletableFuture<Void> end =
        CompletableFuture.runAsync(() -> assertThatCode(behind::await).doesNotThrowAnyException());
    assertThat(end).isNotDone();

    mayEnd.release();

    end.join();
    assertThat(begun).hasValue(1);
  }

  @Test
  void aFailureIsToldToEveryLaterStepAndAtTheEnd() throws IOException {
    WriteBehind failing =
        new WriteBehind(
            threads,
            () -> {
              throw new IOException("Input/output error");
            });
    failing.wrote(STEP);

    assertThatThrownBy(failing::await).hasMessage("Input/output error");
    assertThatThrownBy(() -> failing.wrote(STEP)).hasMessage("Input/output error");
    assertThatThrownBy(failing::await).hasMessage("Input/output error");
  }

  @Test
  void anInterruptEndsTheWaiting() throws IOException {
    behind.wrote(STEP);
    Thread.currentThread().interrupt();

    assertThatThrownBy(behind::await).isInstanceOf(ClosedByInterruptException.class);

    assertThat(Thread.interrupted()).isTrue();
  }
}
