package dev.glance.api.data;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that lie in a store as chunks. A thread of its own reads ahead, as far as there are
 * buffers, so that the store which is read and the one which is written work at the same time.
 */
final class StoreSource implements ChunkSource, AutoCloseable {
  private static final int SCRATCH_BYTES = 256 << 10;

  private final Store store;
  private final StoreLocation at;
  private final long length;
  private final BufferPool.Share buffers;
  private final Function<Exception, RuntimeException> failure;
  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private final Thread reader;
  private boolean isClosed;

  /** What the reader hands on. */
  private sealed interface Item {
    record Bytes(Chunk chunk) implements Item {}

    record End() implements Item {}

    record Failure(RuntimeException cause) implements Item {}
  }

  /**
   * Reads nothing before {@link #start}.
   *
   * @param length how many bytes there are
   * @param buffers closed with this
   * @param failure makes what {@link #next} throws of a {@link StoreException} or an {@link
   *     IOException}
   */
  StoreSource(
      Store store,
      StoreLocation at,
      long length,
      BufferPool.Share buffers,
      Function<Exception, RuntimeException> failure) {
    this.store = store;
    this.at = at;
    this.length = length;
    this.buffers = buffers;
    this.failure = failure;
    this.reader = Thread.ofPlatform().daemon().name("copy-reader").unstarted(this::read);
  }

  @Override
  public void start() {
    reader.start();
  }

  @Override
  public @Nullable Chunk next() throws InterruptedException {
    return switch (items.take()) {
      case Item.Bytes(Chunk chunk) -> chunk;
      case Item.End _ -> null;
      case Item.Failure(RuntimeException cause) -> throw cause;
    };
  }

  private void read() {
    try {
      if (length > 0) {
        switch (store.read(at, new ByteRange(0, length))) {
          case ImageBytes.Stream stream -> {
            try (InputStream in = stream.in()) {
              byte[] scratch = new byte[SCRATCH_BYTES];
              readAll(space -> fill(space, in, scratch));
            }
          }
          case ImageBytes.LocalFile file -> {
            try (FileChannel in = FileChannel.open(file.path())) {
              in.position(file.offset());
              readAll(in::read);
            }
          }
        }
      }
      hand(new Item.End());
    } catch (StoreException | IOException e) {
      hand(new Item.Failure(failure.apply(e)));
    } catch (InterruptedException _) {
      // Closed: nobody waits for more.
    } catch (RuntimeException | Error e) {
      hand(new Item.Failure(new IllegalStateException("the source could not be read", e)));
    }
  }

  private interface Filler {
    /** Puts some bytes there, and returns how many; negative at the end. */
    int fill(ByteBuffer space) throws IOException;
  }

  private static int fill(ByteBuffer space, InputStream in, byte[] scratch) throws IOException {
    int count = in.read(scratch, 0, Math.min(scratch.length, space.remaining()));
    if (count > 0) {
      space.put(scratch, 0, count);
    }
    return count;
  }

  private void readAll(Filler in) throws IOException, InterruptedException {
    long left = length;
    while (left > 0) {
      Chunk chunk = take();
      boolean isHanded = false;
      try {
        ByteBuffer space = chunk.space();
        space.limit((int) Math.min(space.capacity(), left));
        while (space.hasRemaining()) {
          if (in.fill(space) < 0) {
            throw new EOFException("the store gave too few bytes");
          }
        }
        left -= chunk.size();
        isHanded = hand(new Item.Bytes(chunk));
      } finally {
        if (!isHanded) {
          chunk.release();
        }
      }
      if (!isHanded) {
        return;
      }
    }
  }

  private Chunk take() throws InterruptedException {
    CompletableFuture<Chunk> given = new CompletableFuture<>();
    Chunk chunk = buffers.take(given::complete);
    if (chunk != null) {
      return chunk;
    }
    try {
      return given.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("nobody fails this", e);
    } catch (InterruptedException e) {
      CompletableFuture<Void> _ = given.thenAccept(Chunk::release);
      throw e;
    }
  }

  /** False when nobody wants it any more. */
  private synchronized boolean hand(Item item) {
    return !isClosed && items.add(item);
  }

  /** Stops reading, and gives the buffers back. */
  @Override
  public synchronized void close() {
    isClosed = true;
    reader.interrupt();
    for (Item item = items.poll(); item != null; item = items.poll()) {
      if (item instanceof Item.Bytes(Chunk chunk)) {
        chunk.release();
      }
    }
    buffers.close();
  }
}
