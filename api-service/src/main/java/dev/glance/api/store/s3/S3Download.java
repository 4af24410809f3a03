package dev.glance.api.store.s3;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * A stretch of an object. Where the connection breaks or falls silent it goes on with a new one
 * from there, as long as the object is the same.
 */
final class S3Download extends InputStream {
  private final S3Calls calls;
  private final String store;
  private final String bucket;
  private final String key;
  private ResponseInputStream<GetObjectResponse> body;
  private final String etag;
  private long at;
  private final long end;
  private int resumesLeft;

  /**
   * Asks for the bytes.
   *
   * @param sameAs the ETag that the object must have, or null for any
   * @throws StoreException.NotFound when they are not all there
   */
  S3Download(
      String store,
      S3Calls calls,
      String bucket,
      String key,
      ByteRange range,
      int mostResumes,
      @Nullable String sameAs) {
    this.store = store;
    this.calls = calls;
    this.bucket = bucket;
    this.key = key;
    this.resumesLeft = mostResumes;
    this.at = range.offset();
    this.end = range.offset() + range.length();
    this.body = open(sameAs);
    this.etag = body.response().eTag();
  }

  /** What tells the object from others that had its name before or will have it. */
  String etag() {
    return etag;
  }

  /** The length of the whole object, or -1 when the server did not say. */
  long objectBytes() {
    String range = body.response().contentRange();
    String total = range == null ? "" : range.substring(range.indexOf('/') + 1);
    return total.matches("\\d{1,18}") ? Long.parseLong(total) : -1;
  }

  private ResponseInputStream<GetObjectResponse> open(@Nullable String sameAs) {
    ResponseInputStream<GetObjectResponse> answer =
        calls.call(
            "a download",
            client ->
                client.getObject(
                    request ->
                        request
                            .bucket(bucket)
                            .key(key)
                            .range("bytes=" + at + "-" + (end - 1))
                            .ifMatch(sameAs)));
    Long length = answer.response().contentLength();
    if (length == null || length != end - at) {
      answer.abort();
      throw new StoreException.NotFound(
          "store " + store + ": there are fewer bytes than were asked for", null);
    }
    return answer;
  }

  /** Lets go of the connection; more bytes are not wanted. */
  void abandon() {
    body.abort();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (at == end) {
      return -1;
    }
    while (true) {
      try {
        int count = body.read(bytes, offset, (int) Math.min(length, end - at));
        if (count < 0) {
          throw new EOFException("S3 sent fewer bytes than it said");
        }
        at += count;
        return count;
      } catch (IOException e) {
        resume(e);
      }
    }
  }

  private void resume(IOException e) throws IOException {
    abandon();
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("the download was cancelled");
    }
    if (resumesLeft-- <= 0) {
      throw e;
    }
    try {
      body = open(etag);
    } catch (StoreException again) {
      throw new IOException("the download broke off and could not be taken up", again);
    }
  }

  /** Lets go of the connection, which serves others if all of its bytes were read. */
  @Override
  public void close() throws IOException {
    if (at == end) {
      body.close();
    } else {
      abandon();
    }
  }
}
