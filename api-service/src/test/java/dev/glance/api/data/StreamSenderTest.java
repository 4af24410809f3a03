package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.Lender;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSenderTest {
  private static final int PIECE = StreamSender.PIECE_BYTES;
  private static final int SHARED = 3;

  private final AtomicLong clock = new AtomicLong();
  private final StreamSender sender = new StreamSender(SHARED, clock::get);

  /** The client: pieces arrive, and are gone when the test says so. */
  private final LinkedBlockingQueue<Write> writes = new LinkedBlockingQueue<>();

  private record Write(int length, Promise<Void> done) {}

  @AfterEach
  void nothingIsHeld() {
    Awaitility.await().until(() -> sender.free() == SHARED);
  }

  private Future<Void> write(Buffer bytes) {
    Promise<Void> done = Promise.promise();
    writes.add(new Write(bytes.length(), done));
    return done.future();
  }

  private Write next() throws InterruptedException {
    Write next = writes.poll(5, TimeUnit.SECONDS);
    assertThat(next).as("a piece within 5 s").isNotNull();
    return next;
  }

  /** Counts what is read of it. */
  private static final class Counting extends ByteArrayInputStream {
    Counting(byte[] bytes) {
      super(bytes);
    }

    synchronized int taken() {
      return pos;
    }
  }

  private CompletableFuture<Void> start(InputStream in, long length) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                sender.send(in, length, this::write);
                ended.complete(null);
              } catch (IOException | ExecutionException | InterruptedException e) {
                ended.completeExceptionally(e);
              }
            });
    return ended;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32767, 32768, 32769, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 7})
  void bytesArriveInOrder(int size) throws Exception {
    byte[] bytes = TestImages.bytes(size + 1);
    ByteArrayOutputStream got = new ByteArrayOutputStream();

    sender.send(
        new ByteArrayInputStream(bytes),
        size,
        piece -> {
          got.writeBytes(piece.getBytes());
          return Future.succeededFuture();
        });

    assertThat(got.toByteArray()).isEqualTo(Arrays.copyOf(bytes, size));
  }

  @Test
  void onePieceIsReadWhileTheOneBeforeIsOnItsWay() throws Exception {
    Counting in = new Counting(TestImages.bytes(4 * PIECE));
    CompletableFuture<Void> ended = start(in, 4 * PIECE);
    Write first = next();

    Awaitility.await().until(() -> in.taken() == 2 * PIECE);
    Thread.sleep(50); // More would be read by now.
    assertThat(in.taken()).isEqualTo(2 * PIECE);
    assertThat(writes).isEmpty();

    first.done().complete();
    for (int i = 0; i < 3; i++) {
      next().done().complete();
    }
    ended.get(5, TimeUnit.SECONDS);
  }

  @Test
  void whatOthersHoldIsNotWaitedFor() throws Exception {
    Counting[] streams = new Counting[SHARED + 1];
    List<CompletableFuture<Void>> ended = new ArrayList<>();
    for (int i = 0; i <= SHARED; i++) {
      streams[i] = new Counting(TestImages.bytes(PIECE));
      ended.add(start(streams[i], PIECE));
      Awaitility.await().until(() -> writes.size() == ended.size());
    }
    assertThat(streams[SHARED].taken()).isEqualTo(StreamSender.SMALL_BYTES);

    Write[] begun = writes.toArray(Write[]::new);
    writes.clear();
    begun[SHARED].done().complete();

    for (int left = PIECE - StreamSender.SMALL_BYTES; left > 0; ) {
      Write small = next();
      left -= small.length();
      assertThat(small.length()).isEqualTo(StreamSender.SMALL_BYTES);
      small.done().complete();
    }
    ended.get(SHARED).get(5, TimeUnit.SECONDS);
    for (int i = 0; i < SHARED; i++) {
      begun[i].done().complete();
      ended.get(i).get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void aSlowClientHoldsLittle() throws Exception {
    Counting in = new Counting(TestImages.bytes(5 * PIECE));
    CompletableFuture<Void> ended = start(in, 5 * PIECE);
    Write first = next();
    Awaitility.await().until(() -> in.taken() == 2 * PIECE);
    clock.addAndGet(Duration.ofHours(1).toNanos());
    Thread.sleep(50); // The sender has to be waiting before the time passes.
    clock.addAndGet(Duration.ofHours(1).toNanos());
    first.done().complete();
    Write second = next();

    Thread.sleep(50); // More would be read by now.
    assertThat(in.taken()).isEqualTo(2 * PIECE);
    second.done().complete();
    Write third = next();
    Thread.sleep(50);
    assertThat(third.length()).isEqualTo(StreamSender.SMALL_BYTES);
    assertThat(in.taken()).isEqualTo(2 * PIECE + StreamSender.SMALL_BYTES);
    assertThat(sender.free()).isEqualTo(SHARED);

    third.done().complete();
    while (in.taken() < 5 * PIECE || !writes.isEmpty()) {
      next().done().complete();
    }
    ended.get(5, TimeUnit.SECONDS);
  }

  /** A store that lends all but its last piece, which has to be read. */
  private static final class Lending extends ByteArrayInputStream implements Lender {
    static final int LENT = 1000;

    final AtomicInteger lent = new AtomicInteger();

    Lending(byte[] bytes) {
      super(bytes);
    }

    @Override
    public synchronized @Nullable Loan lend() {
      if (available() <= LENT) {
        return null;
      }
      ByteBuffer bytes = ByteBuffer.allocateDirect(LENT).put(buf, pos, LENT).flip();
      pos += LENT;
      lent.incrementAndGet();
      return new Loan(bytes, lent::decrementAndGet);
    }
  }

  @Test
  void whatAStoreLendsArrivesInOrderAndIsGivenBack() throws Exception {
    Lending in = new Lending(TestImages.bytes(5 * Lending.LENT));
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    List<Integer> lent = new ArrayList<>();

    sender.send(
        in,
        5 * Lending.LENT,
        piece -> {
          lent.add(in.lent.get());
          got.writeBytes(piece.getBytes());
          return Future.succeededFuture();
        });

    assertThat(got.toByteArray()).isEqualTo(TestImages.bytes(5 * Lending.LENT));
    assertThat(lent).containsExactly(1, 1, 1, 1, 0);
    assertThat(in.lent).hasValue(0);
  }

  @Test
  void whatIsLentIsGivenBackWhenTheClientHasIt() throws Exception {
    Lending in = new Lending(TestImages.bytes(9 * Lending.LENT));
    CompletableFuture<Void> ended = start(in, 9 * Lending.LENT);
    Write first = next();

    Awaitility.await().until(() -> in.lent.get() == 2);
    Thread.sleep(50); // More would be lent by now.
    assertThat(in.lent).hasValue(2);

    first.done().fail(new IOException("closed"));
    assertThatThrownBy(() -> ended.get(5, TimeUnit.SECONDS)).hasMessageContaining("closed");
    assertThat(in.lent).hasValue(0);
  }

  @Test
  void aSlowClientIsLentNothing() throws Exception {
    Lending in = new Lending(TestImages.bytes(9 * Lending.LENT));
    CompletableFuture<Void> ended = start(in, 9 * Lending.LENT);
    Write first = next();
    Awaitility.await().until(() -> in.lent.get() == 2);
    clock.addAndGet(Duration.ofHours(1).toNanos());
    Thread.sleep(50); // The sender has to be waiting before the time passes.
    clock.addAndGet(Duration.ofHours(1).toNanos());
    first.done().complete();

    next().done().complete();

    Write third = next();
    assertThat(third.length()).isEqualTo(7 * Lending.LENT);
    assertThat(in.lent).hasValue(0);
    third.done().complete();
    ended.get(5, TimeUnit.SECONDS);
  }

  @Test
  void aClientThatGoesAwayEndsIt() throws Exception {
    CompletableFuture<Void> ended = start(new Counting(TestImages.bytes(4 * PIECE)), 4 * PIECE);

    next().done().fail(new IOException("closed"));

    assertThatThrownBy(() -> ended.get(5, TimeUnit.SECONDS))
        .hasRootCauseInstanceOf(IOException.class)
        .hasMessageContaining("closed");
    assertThat(writes).isEmpty();
  }

  @Test
  void aWriteThatIsRefusedEndsIt() {
    assertThatThrownBy(
            () ->
                sender.send(
                    new Counting(TestImages.bytes(PIECE)),
                    PIECE,
                    _ -> {
                      throw new IllegalStateException("refused");
                    }))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aStoreWithTooFewBytesIsAFault() {
    assertThatThrownBy(
            () ->
                sender.send(
                    new Counting(TestImages.bytes(PIECE)),
                    PIECE + 1,
                    _ -> Future.succeededFuture()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("too few");
  }

  @Test
  void anInterruptEndsTheWaitForTheClient() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    sender.send(
                        new Counting(TestImages.bytes(PIECE)),
                        PIECE,
                        bytes -> {
                          waiting.countDown();
                          return write(bytes);
                        });
                  } catch (IOException | ExecutionException | InterruptedException e) {
                    ended.complete(e);
                  }
                });
    waiting.await();

    reader.interrupt();

    assertThat(ended.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    next().done().fail(new IOException("closed"));
  }
}
