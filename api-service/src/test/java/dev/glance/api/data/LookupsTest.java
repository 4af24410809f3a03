package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LookupsTest {
  private static final Scope ADMIN = new Scope("p", "u", List.of("admin"), true, false);

  private final FakeRegistry registry = new FakeRegistry();
  private final String id = TestImages.queued(registry);
  private final AtomicInteger begun = new AtomicInteger();
  private final Semaphore answers = new Semaphore(0);
  private final List<Thread> readers = new ArrayList<>();

  /** The registry reads at once, and answers when it may. */
  private final Lookups lookups =
      new Lookups(
          (scope, wanted) -> {
            begun.incrementAndGet();
            try {
              return registry.show(scope, wanted);
            } finally {
              answers.acquireUninterruptibly();
            }
          });

  @AfterEach
  void close() {
    answers.release(100);
  }

  private CompletableFuture<Image> read(Scope scope) {
    CompletableFuture<Image> answer = new CompletableFuture<>();
    readers.add(
        Thread.startVirtualThread(
            () -> {
              try {
                answer.complete(lookups.show(scope, id));
              } catch (RuntimeException e) {
                answer.completeExceptionally(e);
              }
            }));
    return answer;
  }

  private void awaitThatAllWait() {
    Awaitility.await()
        .until(() -> readers.stream().allMatch(each -> each.getState() == Thread.State.WAITING));
  }

  @Test
  void whoComesMeanwhileSharesTheNextCallAndSeesWhatWasSoByThen() {
    CompletableFuture<Image> first = read(ADMIN);
    Awaitility.await().until(() -> begun.get() == 1);
    registry.delete(ADMIN, id);
    List<CompletableFuture<Image>> later = Stream.generate(() -> read(ADMIN)).limit(8).toList();
    awaitThatAllWait();

    answers.release(2);

    assertThat(first.join().id()).isEqualTo(id);
    for (CompletableFuture<Image> each : later) {
      assertThatThrownBy(each::join)
          .cause()
          .isInstanceOfSatisfying(
              GlanceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.IMAGE_NOT_FOUND));
    }
    assertThat(begun).hasValue(2);
  }

  @Test
  void callersOfDifferentScopesShareNothing() {
    Scope other = new Scope("other", "u", List.of("member"), false, false);
    CompletableFuture<Image> mine = read(ADMIN);
    CompletableFuture<Image> theirs = read(other);
    Awaitility.await().until(() -> begun.get() == 2);

    answers.release(2);

    assertThat(mine.join().id()).isEqualTo(id);
    assertThatThrownBy(theirs::join).isInstanceOf(CompletionException.class);
  }

  @Test
  void nothingIsRemembered() {
    answers.release(2);

    read(ADMIN).join();
    read(ADMIN).join();

    assertThat(begun).hasValue(2);
  }
}
