package dev.glance.api.store.s3;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.TransferMemory;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A long stretch of an object, of which several pieces arrive at once, each by a request of its
 * own: S3 limits what one connection brings. The first piece goes to the reader as it arrives, the
 * others wait in memory; where the other downloads leave none, pieces come one after another.
 */
final class S3ParallelDownload extends InputStream {
  /** Asks for a stretch of the object; the ETag that it must have, or null for any. */
  interface Source {
    /** Opens it. */
    S3Download open(ByteRange range, @Nullable String sameAs);
  }

  private final Source source;
  private final TransferMemory memory;
  private final int atOnce;
  private final long pieceBytes;
  private final Duration patience;
  private final long end;
  private final String etag;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Ahead> ahead = new ArrayDeque<>();

  /** What is read, when it is not in {@code arrived}; always one of the two or neither. */
  private @Nullable S3Download streaming;

  private @Nullable Ahead arrived;

  /** Where what has not been asked for begins. */
  private long next;

  private boolean isClosed;

  /** A piece that arrives in memory. */
  private record Ahead(List<ByteBuffer> buffers, Future<?> filled) {}

  /**
   * Asks for the first bytes.
   *
   * @param atOnce how many pieces may be on their way
   * @throws StoreException.NotFound when the stretch is not all there
   */
  S3ParallelDownload(
      String store,
      Source source,
      TransferMemory memory,
      ByteRange range,
      int atOnce,
      long pieceBytes,
      Duration patience) {
    this.source = source;
    this.memory = memory;
    this.atOnce = atOnce;
    this.pieceBytes = pieceBytes;
    this.patience = patience;
    this.end = range.offset() + range.length();
    this.next = range.offset();
    S3Download first = source.open(piece(), null);
    this.etag = first.etag();
    this.streaming = first;
    if (first.objectBytes() >= 0 && first.objectBytes() < end) {
      first.abandon();
      throw new StoreException.NotFound(
          "store " + store + ": there are fewer bytes than were asked for", null);
    }
    askAhead();
  }

  /** The next piece to be asked for. */
  private ByteRange piece() {
    ByteRange piece = new ByteRange(next, Math.min(pieceBytes, end - next));
    next += piece.length();
    return piece;
  }

  private void askAhead() {
    while (next < end && ahead.size() < atOnce - 1) {
      List<ByteBuffer> buffers = take(Math.min(pieceBytes, end - next));
      if (buffers.isEmpty()) {
        return;
      }
      ByteRange piece = piece();
      ahead.add(
          new Ahead(
              buffers,
              threads.submit(
                  () -> {
                    fill(buffers, piece);
                    return null;
                  })));
    }
  }

  /** Memory for so many bytes, or none. */
  private List<ByteBuffer> take(long bytes) {
    List<ByteBuffer> taken = new ArrayList<>();
    for (long left = bytes; left > 0; left -= TransferMemory.PIECE_BYTES) {
      ByteBuffer piece = memory.poll();
      if (piece == null) {
        taken.forEach(memory::giveBack);
        return List.of();
      }
      taken.add(piece.limit((int) Math.min(left, TransferMemory.PIECE_BYTES)));
    }
    return taken;
  }

  private void fill(List<ByteBuffer> buffers, ByteRange piece) throws IOException {
    byte[] some = new byte[1 << 16];
    try (S3Download in = source.open(piece, etag)) {
      for (ByteBuffer buffer : buffers) {
        while (buffer.hasRemaining()) {
          int count = in.read(some, 0, Math.min(some.length, buffer.remaining()));
          if (count < 0) {
            throw new EOFException("S3 sent fewer bytes than it said");
          }
          buffer.put(some, 0, count);
        }
        buffer.flip();
      }
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
    if (isClosed) {
      throw new IOException("the download is closed");
    }
    while (true) {
      int count = readCurrent(bytes, offset, length);
      if (count >= 0) {
        return count;
      }
      if (!advance()) {
        return -1;
      }
    }
  }

  /** Less than 0 when the current piece is at its end. */
  private int readCurrent(byte[] bytes, int offset, int length) throws IOException {
    if (streaming != null) {
      return streaming.read(bytes, offset, length);
    }
    if (arrived != null) {
      for (ByteBuffer buffer : arrived.buffers()) {
        if (buffer.hasRemaining()) {
          int count = Math.min(length, buffer.remaining());
          buffer.get(bytes, offset, count);
          return count;
        }
      }
    }
    return -1;
  }

  /** Goes on to the next piece; false when there is none. */
  private boolean advance() throws IOException {
    if (streaming != null) {
      streaming.close();
      streaming = null;
    }
    if (arrived != null) {
      arrived.buffers().forEach(memory::giveBack);
      arrived = null;
    }
    Ahead first = ahead.peek();
    if (first != null) {
      await(first);
      arrived = ahead.remove();
    } else if (next < end) {
      try {
        streaming = source.open(piece(), etag);
      } catch (StoreException e) {
        throw new IOException("the download could not be gone on with", e);
      }
    } else {
      return false;
    }
    askAhead();
    return true;
  }

  private static void await(Ahead piece) throws IOException {
    try {
      piece.filled().get();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the download was cancelled");
    } catch (ExecutionException e) {
      throw new IOException("the download broke off", e.getCause());
    }
  }

  /** Lets go of all connections, and of the memory when nobody writes to it any more. */
  @Override
  public void close() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    if (streaming != null) {
      streaming.close();
    }
    threads.shutdownNow();
    boolean isQuiet = false;
    boolean isInterrupted = Thread.interrupted();
    try {
      isQuiet = threads.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      isInterrupted = true;
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
    if (!isQuiet) {
      throw new IOException("the download's connections cannot be closed");
    }
    if (arrived != null) {
      arrived.buffers().forEach(memory::giveBack);
    }
    ahead.forEach(piece -> piece.buffers().forEach(memory::giveBack));
  }
}
