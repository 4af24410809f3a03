package dev.glance.api.store.s3;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;

/** Bytes in several buffers as one body, whose positions stay. */
final class PiecesStream extends InputStream {
  private final Queue<ByteBuffer> left;

  PiecesStream(List<ByteBuffer> buffers) {
    left = new ArrayDeque<>(buffers.stream().map(ByteBuffer::duplicate).toList());
  }

  static long bytes(List<ByteBuffer> buffers) {
    return buffers.stream().mapToLong(ByteBuffer::remaining).sum();
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    while (!left.isEmpty() && !left.element().hasRemaining()) {
      left.remove();
    }
    if (left.isEmpty()) {
      return length == 0 ? 0 : -1;
    }
    ByteBuffer next = left.element();
    int count = Math.min(length, next.remaining());
    next.get(bytes, offset, count);
    return count;
  }
}
