package dev.glance.api.store.rbd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the uploads and downloads of one store share, in pieces of 1 MiB outside the heap
 * that are made when they are first needed and kept. Thread-safe.
 */
final class RbdMemory {
  static final int PIECE_BYTES = 1 << 20;

  private static final MemorySegment ZEROS = Arena.ofAuto().allocate(PIECE_BYTES);

  private final int pieces;
  private final Semaphore available;
  private final Queue<MemorySegment> idle = new ConcurrentLinkedQueue<>();

  RbdMemory(long bytes) {
    pieces = Math.toIntExact(bytes / PIECE_BYTES);
    available = new Semaphore(pieces);
  }

  /** A piece of those that are shared, or null when all are in use. */
  @Nullable MemorySegment poll() {
    return available.tryAcquire() ? own() : null;
  }

  /** A piece beyond those that are shared, of which everybody may have one. */
  MemorySegment own() {
    MemorySegment piece = idle.poll();
    return piece == null ? Arena.ofAuto().allocate(PIECE_BYTES) : piece;
  }

  void giveBack(MemorySegment piece) {
    idle.add(piece);
    available.release();
  }

  void giveBackOwn(MemorySegment piece) {
    idle.add(piece);
  }

  /** Whether the first bytes are all zero. */
  static boolean isZero(MemorySegment piece, long length) {
    return piece.asSlice(0, length).mismatch(ZEROS.asSlice(0, length)) < 0;
  }

  /** How many shared pieces are in use. */
  int used() {
    return pieces - available.availablePermits();
  }
}
