package dev.glance.api.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of what a server holds. Where the connection breaks or falls silent it goes on with a
 * new one from there.
 */
public final class ResumingDownload extends InputStream {
  private final Source source;
  private final Duration patience;
  private final long end;
  private final Queue<ByteBuffer> arrived = new ArrayDeque<>();
  private TimedBody body;
  private long at;
  private int resumesLeft;

  /** Asks for the rest of the stretch. */
  @FunctionalInterface
  public interface Source {
    /**
     * The bytes from a place on.
     *
     * @throws IOException when they cannot be had, or are no longer the same
     */
    TimedBody from(long at) throws IOException;
  }

  /**
   * Takes over the first answer.
   *
   * @param at the place of its first byte
   * @param end one past the last byte that is wanted
   * @param patience how long the server may be silent
   * @param resumes how often the source may be asked
   */
  public ResumingDownload(
      TimedBody first, long at, long end, Duration patience, int resumes, Source source) {
    this.body = first;
    this.at = at;
    this.end = end;
    this.patience = patience;
    this.resumesLeft = resumes;
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    ByteBuffer next = next();
    if (next == null) {
      return -1;
    }
    at++;
    return next.get() & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    ByteBuffer next = next();
    if (next == null) {
      return -1;
    }
    int count = (int) Math.min(Math.min(length, next.remaining()), end - at);
    next.get(bytes, offset, count);
    at += count;
    return count;
  }

  /** A buffer with at least one byte, or null at the end. */
  private @Nullable ByteBuffer next() throws IOException {
    if (at == end) {
      return null;
    }
    while (true) {
      ByteBuffer first = arrived.peek();
      if (first == null) {
        receive();
      } else if (first.hasRemaining()) {
        return first;
      } else {
        arrived.remove();
      }
    }
  }

  private void receive() throws IOException {
    try {
      arrived.addAll(body.next(patience));
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      body.close();
      if (resumesLeft-- <= 0) {
        throw e;
      }
      body = source.from(at);
    }
  }

  @Override
  public void close() {
    body.close();
  }
}
