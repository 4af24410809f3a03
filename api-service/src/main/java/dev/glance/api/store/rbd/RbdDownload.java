package dev.glance.api.store.rbd;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.Lender;
import dev.glance.api.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of an RBD image, read ahead in pieces of 1 MiB: several are on their way at once. While
 * it is open nobody can remove the image, whose missing objects would read as zeros.
 */
final class RbdDownload extends InputStream implements Lender {
  /** So many pieces of one download are on their way at most. */
  private static final int WINDOW = 8;

  /** So many of them are asked for at once: an operation of Ceph costs as much as half a piece. */
  private static final int GROUP = 4;

  /** A piece on its way, or arrived with the others that were asked for at once. */
  private record Piece(
      MemorySegment bytes,
      MemorySegment memory,
      boolean isOwn,
      CompletableFuture<Boolean> arrived) {
    int length() {
      return (int) bytes.byteSize();
    }
  }

  private final RbdStore store;
  private final RbdCluster cluster;
  private final MemorySegment image;
  private final Deque<Piece> pieces = new ArrayDeque<>();
  private final long end;
  private long asked;

  /** How much of the first piece was taken. */
  private int taken;

  private boolean isClosed;

  /**
   * Opens the image and asks for the first bytes.
   *
   * @throws StoreException.NotFound when they are not all there
   */
  RbdDownload(RbdStore store, String name, @Nullable String snapshot, ByteRange range) {
    this.store = store;
    this.cluster = store.cluster();
    this.asked = range.offset();
    this.end = range.offset() + range.length();
    CompletableFuture<MemorySegment> opening = cluster.start(io -> open(io, name, snapshot));
    try {
      this.image = cluster.await("opening an image", cluster.limit(), opening);
    } catch (StoreException e) {
      CompletableFuture<?> _ = opening.thenCompose(late -> cluster.start(_ -> closed(late)));
      throw e;
    }
    ask();
  }

  private MemorySegment open(MemorySegment io, String name, @Nullable String snapshot) {
    MemorySegment opened = cluster.open(io, name, snapshot);
    long size = Librbd.size(opened);
    if (size < end) {
      cluster.close(opened);
      cluster.check("the size of an image", size);
      throw new StoreException.NotFound(
          "store " + store.info().name() + " holds only " + size + " bytes there", null);
    }
    return opened;
  }

  private boolean closed(MemorySegment opened) {
    cluster.close(opened);
    return true;
  }

  /** Asks for as much as there is memory for, and for one piece in any case. */
  private void ask() {
    while (asked < end && pieces.size() <= WINDOW - GROUP) {
      long from = asked;
      List<MemorySegment> group = new ArrayList<>();
      CompletableFuture<Boolean> arrived = new CompletableFuture<>();
      while (asked < end && group.size() < GROUP) {
        MemorySegment shared = store.memory().poll();
        if (shared == null && !pieces.isEmpty()) {
          break;
        }
        MemorySegment memory = shared == null ? store.memory().own() : shared;
        long room = RbdMemory.PIECE_BYTES - asked % RbdMemory.PIECE_BYTES;
        MemorySegment part = memory.asSlice(0, Math.min(room, end - asked));
        pieces.add(new Piece(part, memory, shared == null, arrived));
        group.add(part);
        asked += part.byteSize();
      }
      if (group.isEmpty()) {
        return;
      }
      long wanted = asked - from;
      Librbd.read(image, from, group, result -> arrive(arrived, result, wanted));
    }
  }

  private void arrive(CompletableFuture<Boolean> arrived, long result, long wanted) {
    if (result == wanted) {
      arrived.complete(true);
    } else {
      arrived.completeExceptionally(
          result < 0
              ? RbdErrors.of(store.info().name(), "a read", result)
              : new IOException("the image has become shorter"));
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    Piece first = first();
    if (first == null) {
      return -1;
    }
    int count = Math.min(length, first.length() - taken);
    MemorySegment.copy(first.bytes(), ValueLayout.JAVA_BYTE, taken, bytes, offset, count);
    taken += count;
    if (taken == first.length()) {
      taken = 0;
      giveBack(pieces.remove());
      ask();
    }
    return count;
  }

  /**
   * The memory that others share; what the download has for itself is needed for its next bytes.
   */
  @Override
  public @Nullable Loan lend() throws IOException {
    Piece first = first();
    if (first == null || first.isOwn()) {
      return null;
    }
    ByteBuffer bytes = first.bytes().asSlice(taken).asByteBuffer();
    taken = 0;
    pieces.remove();
    ask();
    return new Loan(bytes, () -> giveBack(first));
  }

  /** What is taken from next, arrived; null at the end. */
  private @Nullable Piece first() throws IOException {
    if (isClosed) {
      throw new IOException("closed");
    }
    Piece first = pieces.peek();
    if (first != null) {
      await(first);
    }
    return first;
  }

  private void await(Piece piece) throws IOException {
    try {
      piece.arrived().get(cluster.limit().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("cancelled").initCause(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the download broke off", e);
    }
  }

  private void giveBack(Piece piece) {
    if (piece.isOwn()) {
      store.memory().giveBackOwn(piece.memory());
    } else {
      store.memory().giveBack(piece.memory());
    }
  }

  /** Waits for what is on its way, unless that takes too long. */
  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    try {
      cluster.call("closing an image", cluster.limit(), _ -> closed(image));
    } catch (StoreException _) {
      // Its thread goes on closing it.
    }
    for (Piece piece : pieces) {
      CompletableFuture<?> _ = piece.arrived().whenComplete((_, _) -> giveBack(piece));
    }
    pieces.clear();
  }
}
