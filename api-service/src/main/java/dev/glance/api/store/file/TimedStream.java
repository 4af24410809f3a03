package dev.glance.api.store.file;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a file that is read by {@link TimedCalls}: the kernel's own sending would keep an
 * event loop waiting for a server that is away.
 */
final class TimedStream extends InputStream {
  private final TimedCalls calls;
  private final FileChannel file;
  private final long end;
  private long at;
  private @Nullable CompletableFuture<Integer> latest;

  /** Takes over an open file. */
  TimedStream(TimedCalls calls, FileChannel file, ByteRange range) {
    this.calls = calls;
    this.file = file;
    this.at = range.offset();
    this.end = range.offset() + range.length();
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
    if (at == end) {
      return -1;
    }
    ByteBuffer target = ByteBuffer.wrap(bytes, offset, (int) Math.min(length, end - at));
    try {
      latest = calls.start(() -> file.read(target, at));
      int count = calls.await(latest);
      at += Math.max(count, 0);
      return count;
    } catch (StoreException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Does not wait for a file system that is away: the file is closed when it is back. */
  @Override
  public void close() {
    calls.closeQuietly(latest, file);
  }
}
