package dev.glance.api.store.swift;

import dev.glance.api.net.ResumingDownload;
import dev.glance.api.net.TimedBody;
import dev.glance.api.store.ByteRange;
import dev.glance.api.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A stretch of an object, taken up where it breaks off as long as the object is the same. */
final class SwiftDownload {
  private final String store;
  private final SwiftClient client;
  private final String path;
  private final ByteRange range;
  private final SwiftConfig config;

  SwiftDownload(
      String store, SwiftClient client, String path, ByteRange range, SwiftConfig config) {
    this.store = store;
    this.client = client;
    this.path = path;
    this.range = range;
    this.config = config;
  }

  /**
   * Asks for the bytes.
   *
   * @throws StoreException.NotFound when they are not all there
   */
  InputStream start() {
    HttpResponse<TimedBody> answer = open(range.offset(), Optional.empty());
    Optional<String> etag = answer.headers().firstValue("ETag");
    return new ResumingDownload(
        answer.body(),
        range.offset(),
        end(),
        config.timeout(),
        config.retryGetCount(),
        at -> resume(at, etag));
  }

  private TimedBody resume(long at, Optional<String> etag) throws IOException {
    try {
      return open(at, etag).body();
    } catch (StoreException e) {
      throw new IOException("the download broke off and could not be taken up", e);
    }
  }

  private long end() {
    return range.offset() + range.length();
  }

  private HttpResponse<TimedBody> open(long at, Optional<String> sameAs) {
    Map<String, String> headers = new HashMap<>();
    headers.put("Range", "bytes=" + at + "-" + (end() - 1));
    sameAs.ifPresent(value -> headers.put("If-Match", value));
    HttpResponse<TimedBody> answer = client.get(path, headers, _ -> new TimedBody());
    OptionalLong length = answer.headers().firstValueAsLong("Content-Length");
    boolean isStretch = answer.statusCode() == 206;
    if (!isStretch || (length.isPresent() && length.getAsLong() != end() - at)) {
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
}
