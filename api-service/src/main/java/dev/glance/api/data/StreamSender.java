package dev.glance.api.data;

import dev.glance.api.store.Lender;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends what a store's stream brings, on the caller's thread: while one piece is on its way to the
 * client, the next is read from the store, so that neither waits for the other. Thread-safe.
 *
 * <p>Two pieces of {@link #PIECE_BYTES} are all that a download holds, and all downloads together
 * hold a fixed number. One that finds none left, or whose client is slow, goes on with {@link
 * #SMALL_BYTES} at a time and reads nothing ahead: many slow clients take little memory, and none
 * from the fast ones. What a {@link Lender} lends is sent from where it is, and counts as the
 * store's memory.
 */
final class StreamSender {
  static final int PIECE_BYTES = 256 << 10;
  static final int SMALL_BYTES = 32 << 10;

  /** 12 MiB, of what {@link DataConfig#NETWORK_BYTES} leaves. */
  static final int SHARED_PIECES = 48;

  /** Who takes fewer bytes in a second of waiting for it is slow: reading ahead gains nothing. */
  private static final long SLOW_BYTES_PER_SECOND = 1 << 20;

  private final Semaphore shared;
  private final LongSupplier nanoClock;

  StreamSender() {
    this(SHARED_PIECES, System::nanoTime);
  }

  /** One whose downloads share so many pieces. */
  StreamSender(int sharedPieces, LongSupplier nanoClock) {
    this.shared = new Semaphore(sharedPieces);
    this.nanoClock = nanoClock;
  }

  /** How many of the shared pieces nobody holds. */
  int free() {
    return shared.availablePermits();
  }

  /**
   * Sends {@code length} bytes; an interrupt ends it.
   *
   * @param in stays open
   * @param write sends a piece and says when it is gone; the next comes after that
   * @throws IOException when the store fails or has too few bytes
   * @throws ExecutionException when the client cannot be sent them
   */
  void send(InputStream in, long length, Function<Buffer, Future<Void>> write)
      throws IOException, ExecutionException, InterruptedException {
    byte[] scratch = new byte[(int) Math.min(SMALL_BYTES, length)];
    Future<Void> written = Future.succeededFuture();
    long sent = 0;
    long waitedNanos = 0;
    while (sent < length) {
      boolean isSlow = waitedNanos / 1e9 * SLOW_BYTES_PER_SECOND > sent;
      Lender.Loan loan = isSlow ? null : lent(in);
      boolean isAhead = loan != null || (!isSlow && shared.tryAcquire());
      if (!isAhead) {
        waitedNanos += await(written);
      }
      try (Piece piece = loan == null ? new Piece(length - sent, isAhead) : new Piece(loan)) {
        piece.fill(in, scratch);
        if (isAhead) {
          waitedNanos += await(written);
        }
        sent += piece.length;
        written = piece.write(write);
      }
    }
    await(written);
  }

  private static Lender.@Nullable Loan lent(InputStream in) throws IOException {
    return in instanceof Lender lender ? lender.lend() : null;
  }

  /** Gives how long it took, in nanoseconds. */
  private long await(Future<Void> written) throws ExecutionException, InterruptedException {
    long begun = nanoClock.getAsLong();
    written.toCompletionStage().toCompletableFuture().get();
    return nanoClock.getAsLong() - begun;
  }

  /** Some bytes outside the heap, from where the network takes them without a copy. */
  private final class Piece implements AutoCloseable {
    final int length;
    private final Runnable giveBack;
    private final ByteBuf bytes;
    private boolean isOnItsWay;

    /** Of what a store has lent: full. */
    Piece(Lender.Loan loan) {
      this.length = loan.bytes().remaining();
      this.giveBack = loan.giveBack();
      this.bytes = Unpooled.wrappedBuffer(loan.bytes());
    }

    /** Of at most {@code left} bytes; a shared one has its permit already. */
    Piece(long left, boolean isShared) {
      this.length = (int) Math.min(left, isShared ? PIECE_BYTES : SMALL_BYTES);
      this.giveBack = isShared ? shared::release : () -> {};
      try {
        this.bytes = PooledByteBufAllocator.DEFAULT.directBuffer(length, length);
      } catch (Error e) {
        giveBack.run();
        throw e;
      }
    }

    void fill(InputStream in, byte[] scratch) throws IOException {
      while (bytes.isWritable()) {
        int count = in.read(scratch, 0, Math.min(scratch.length, bytes.writableBytes()));
        if (count < 0) {
          throw new IOException("the store gave too few bytes");
        }
        bytes.writeBytes(scratch, 0, count);
      }
    }

    /** It is released when it is gone, one way or the other. */
    @SuppressWarnings(
        "deprecation") // buffer(ByteBuf), internal in Vert.x 5, is the way without a copy
    Future<Void> write(Function<Buffer, Future<Void>> write) {
      Future<Void> written = write.apply(Buffer.buffer(bytes));
      isOnItsWay = true;
      return written.onComplete(_ -> release());
    }

    private void release() {
      bytes.release();
      giveBack.run();
    }

    @Override
    public void close() {
      if (!isOnItsWay) {
        release();
      }
    }
  }
}
