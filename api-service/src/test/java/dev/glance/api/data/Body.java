package dev.glance.api.data;

import dev.glance.model.error.GlanceException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A body out of an array: once, or again and again until a test ends it. */
final class Body implements ChunkSource {
  private final BufferPool.Share buffers;
  private final byte[] bytes;
  private final int chunkBytes;
  private final AtomicInteger chunks = new AtomicInteger();
  private int at;
  private volatile boolean isEndless;

  Body(BufferPool pool, byte[] bytes) {
    this(pool, bytes, Integer.MAX_VALUE);
  }

  /** Fills each chunk with at most this many bytes. */
  Body(BufferPool pool, byte[] bytes, int chunkBytes) {
    this.buffers = pool.share();
    this.bytes = bytes;
    this.chunkBytes = chunkBytes;
  }

  Body endless() {
    isEndless = true;
    return this;
  }

  void end() {
    isEndless = false;
  }

  /** How many chunks were taken. */
  int chunks() {
    return chunks.get();
  }

  @Override
  public void start() {}

  @Override
  public @Nullable Chunk next() throws InterruptedException {
    if (at == bytes.length && !isEndless) {
      return null;
    }
    at = at == bytes.length ? 0 : at;
    CompletableFuture<Chunk> later = new CompletableFuture<>();
    Chunk chunk = buffers.take(later::complete);
    if (chunk == null) {
      try {
        chunk = later.get();
      } catch (ExecutionException e) {
        throw GlanceException.invalid(e.toString());
      } catch (InterruptedException e) {
        buffers.close();
        var _ = later.thenAccept(Chunk::release);
        throw e;
      }
    }
    int length = Math.min(Math.min(chunkBytes, chunk.space().remaining()), bytes.length - at);
    chunk.space().put(bytes, at, length);
    at += length;
    chunks.incrementAndGet();
    return chunk;
  }
}
