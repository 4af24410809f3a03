package dev.glance.api.store.swift;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the uploads to one store share, in pieces of 1 MiB that are made when they are
 * first needed and kept. It lies outside the heap and outside what the JVM counts as direct
 * buffers, which is all spoken for. Thread-safe.
 */
final class UploadMemory {
  static final int PIECE_BYTES = 1 << 20;

  private final Semaphore available;
  private final Queue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

  UploadMemory(long bytes) {
    available = new Semaphore(Math.toIntExact(bytes / PIECE_BYTES), true);
  }

  /** A piece, or null when all are in use. */
  @Nullable ByteBuffer poll() {
    return available.tryAcquire() ? piece() : null;
  }

  /** A piece, or null when none came free for so long. */
  @Nullable ByteBuffer poll(Duration patience) throws InterruptedException {
    return available.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS) ? piece() : null;
  }

  private ByteBuffer piece() {
    ByteBuffer piece = idle.poll();
    return piece == null ? Arena.ofAuto().allocate(PIECE_BYTES).asByteBuffer() : piece.clear();
  }

  void giveBack(ByteBuffer piece) {
    idle.add(piece);
    available.release();
  }

  /** How many pieces are in use. */
  int used(long bytes) {
    return Math.toIntExact(bytes / PIECE_BYTES) - available.availablePermits();
  }
}
