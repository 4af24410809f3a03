package dev.glance.api.data;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The allocator of a connection whose socket is to be read straight into chunks. Netty asks it for
 * {@link #ioBuffer(int)} before each read, and for nothing else with that method; all other memory
 * comes from the connection's own allocator.
 */
final class ReadTarget extends AbstractByteBufAllocator {
  private final ByteBufAllocator own;
  private final Supplier<@Nullable Chunk> chunks;

  /** What the last read went into: while anybody looks at it, its chunk's space is not free. */
  private @Nullable ByteBuf latest;

  /**
   * Wraps a connection's allocator.
   *
   * @param chunks gives a chunk with space, held for the read, or null where the bytes are to go to
   *     memory of the network's; called on the event loop
   */
  ReadTarget(ByteBufAllocator own, Supplier<@Nullable Chunk> chunks) {
    this.own = own;
    this.chunks = chunks;
  }

  @Override
  public ByteBuf ioBuffer(int initialCapacity) {
    Chunk chunk = latest != null && latest.refCnt() > 0 ? null : chunks.get();
    if (chunk == null) {
      return own.ioBuffer(initialCapacity);
    }
    ByteBuffer space = chunk.space();
    latest = new ChunkMemory(this, chunk, space.slice());
    return latest;
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return own.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    return own.directBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return own.isDirectBufferPooled();
  }

  /** The space of a chunk, which stays held until nobody looks at what was read. */
  private static final class ChunkMemory extends UnpooledDirectByteBuf {
    private final Chunk chunk;

    ChunkMemory(ByteBufAllocator allocator, Chunk chunk, ByteBuffer space) {
      super(allocator, space, space.remaining());
      this.chunk = chunk;
      clear();
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      chunk.release();
    }
  }
}
