package dev.glance.api.store.swift;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;

/**
 * A stretch of an object. Where the connection breaks or falls silent it goes on with a new one
 * from there, as long as the object is the same.
 */
final class SwiftDownload extends InputStream {
  private final SwiftClient client;
  private final String path;
  private final String store;
  private final Duration patience;
  private final Queue<ByteBuffer> arrived = new ArrayDeque<>();
  private SwiftBody body;
  private final Optional<String> etag;
  private long at;
  private final long end;
  private int resumesLeft;

  /**
   * Asks for the bytes.
   *
   * @throws StoreException.NotFound when they are not all there
   */
  SwiftDownload(
      String store, SwiftClient client, String path, ByteRange range, SwiftConfig config) {
    this.store = store;
    this.client = client;
    this.path = path;
    this.patience = config.timeout();
    this.resumesLeft = config.retryGetCount();
    this.at = range.offset();
    this.end = range.offset() + range.length();
    HttpResponse<SwiftBody> answer = open(Optional.empty());
    this.etag = answer.headers().firstValue("ETag");
    this.body = answer.body();
  }

  private HttpResponse<SwiftBody> open(Optional<String> sameAs) {
    Map<String, String> headers = new HashMap<>();
    headers.put("Range", "bytes=" + at + "-" + (end - 1));
    sameAs.ifPresent(value -> headers.put("If-Match", value));
    HttpResponse<SwiftBody> answer = client.get(path, headers, _ -> new SwiftBody());
    OptionalLong length = answer.headers().firstValueAsLong("Content-Length");
    boolean isStretch = answer.statusCode() == 206;
    if (!isStretch || (length.isPresent() && length.getAsLong() != end - at)) {
      answer.body().close();
      String message =
          isStretch
              ? ": there are fewer bytes than were asked for"
              : ": Swift did not heed the range that was asked for";
      throw isStretch
          ? new StoreException.NotFound("store " + store + message, null)
          : new StoreException.Unavailable("store " + store + message, null);
    }
    return answer;
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
  private @org.jspecify.annotations.Nullable ByteBuffer next() throws IOException {
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
      try {
        body = open(etag).body();
      } catch (StoreException again) {
        throw new IOException("the download broke off and could not be taken up", again);
      }
    }
  }

  @Override
  public void close() {
    body.close();
  }
}
