package dev.glance.api.store;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the uploads to one store share, or its downloads, in pieces of 1 MiB that are
 * made when they are first needed and kept. It lies outside the heap and outside what the JVM
 * counts as direct buffers, which is all spoken for. Thread-safe.
 */
public final class TransferMemory {
  /** The length of a piece. */
  public static final int PIECE_BYTES = 1 << 20;

  private final Semaphore available;
  private final Queue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

  /** So many bytes, of which none is taken yet. */
  public TransferMemory(long bytes) {
    available = new Semaphore(Math.toIntExact(bytes / PIECE_BYTES), true);
  }

  /** A piece, or null when all are in use. */
  public @Nullable ByteBuffer poll() {
    return available.tryAcquire() ? piece() : null;
  }

  private ByteBuffer piece() {
    ByteBuffer piece = idle.poll();
    return piece == null ? allocate() : piece.clear();
  }

  /** A piece beyond those that are shared. */
  static ByteBuffer allocate() {
    return Arena.ofAuto().allocate(PIECE_BYTES).asByteBuffer();
  }

  /** Takes a piece back that {@link #poll} gave. */
  public void giveBack(ByteBuffer piece) {
    idle.add(piece);
    available.release();
  }

  /** How many pieces are in use. */
  public int used(long bytes) {
    return Math.toIntExact(bytes / PIECE_BYTES) - available.availablePermits();
  }
}
