package dev.glance.api.store.http;

import dev.glance.api.net.CaCertificates;
import dev.glance.api.net.ResumingDownload;
import dev.glance.api.net.TimedBody;
import dev.glance.api.net.UrlRules;
import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Reads images from web servers, located by their own URLs, {@code http://…} and {@code https://…}
 * (API reference section 6.5). It writes and deletes nothing. Every URL, those of redirects
 * included, passes {@link UrlRules} before it is called.
 */
public final class HttpStore implements Store {
  private static final int MAX_REDIRECTS = 5;

  /** What a server answers when the same may go well a little later. */
  private static final Set<Integer> TRANSIENT = Set.of(429, 500, 502, 503, 504);

  private final StoreInfo info;
  private final UrlRules rules;
  private final HttpClient client;
  private final Duration timeout;
  private final int retries;
  private final Duration retryDelay;

  /**
   * Makes the store; no server is called yet.
   *
   * @throws StoreException when the file of CA certificates cannot be used
   */
  public HttpStore(String name, @Nullable String description, int weight, HttpStoreConfig config) {
    this.info =
        new StoreInfo(name, "http", description, weight, Set.of(Capability.RANDOM_READ), Map.of());
    this.rules = new UrlRules(config);
    this.timeout = config.timeout();
    this.retries = config.retries();
    this.retryDelay = config.retryDelay();
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout);
    config.caCertificatesFile().ifPresent(file -> builder.sslContext(CaCertificates.context(file)));
    this.client = builder.build();
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    throw readOnly();
  }

  /** Silent: there is nothing that an attempt could have left. */
  @Override
  public void discard(UploadKey key) {}

  @Override
  public boolean holds(StoreLocation at) {
    URI uri = at.uri();
    String scheme = uri.getScheme();
    return scheme != null
        && uri.getHost() != null
        && (scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"));
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
    URI url = url(at);
    if (range.length() == 0) {
      exchange("HEAD", url, null, null);
      return new ImageBytes.Stream(new ByteArrayInputStream(new byte[0]), 0);
    }
    HttpResponse<TimedBody> response = exchange("GET", url, range, null);
    try {
      // Servers may ignore the range and send all.
      boolean isPart = response.statusCode() == 206;
      if (isPart) {
        requireStart(response, range);
      }
      long skipped = isPart ? 0 : range.offset();
      requireLength(response, skipped + range.length());
      InputStream bytes = download(url, response, range, range.offset() - skipped);
      bytes.skipNBytes(skipped);
      return new ImageBytes.Stream(bytes, range.length());
    } catch (IOException e) {
      response.body().close();
      throw HttpErrors.translate(info.name(), e);
    } catch (RuntimeException e) {
      response.body().close();
      throw e;
    }
  }

  /** The bytes from {@code first} to the end of the range; what is weakly tagged may be another. */
  private InputStream download(
      URI url, HttpResponse<TimedBody> response, ByteRange range, long first) {
    @Nullable String tag =
        response.headers().firstValue("ETag").filter(value -> value.startsWith("\"")).orElse(null);
    return new ResumingDownload(
        response.body(),
        first,
        range.offset() + range.length(),
        timeout,
        tag == null ? 0 : retries,
        at -> resume(url, at, range.last(), tag));
  }

  private TimedBody resume(URI url, long at, long last, @Nullable String tag) throws IOException {
    ByteRange rest = new ByteRange(at, last - at + 1);
    try {
      HttpResponse<TimedBody> response = exchange("GET", url, rest, tag);
      boolean isSame = tag != null && tag.equals(response.headers().firstValue("ETag").orElse(""));
      if (response.statusCode() != 206 || !isSame) {
        response.body().close();
        throw new IOException("the download broke off, and the server has other bytes now");
      }
      requireStart(response, rest);
      return response.body();
    } catch (StoreException e) {
      throw new IOException("the download broke off and could not be taken up", e);
    }
  }

  private void requireStart(HttpResponse<?> response, ByteRange range) {
    String part = response.headers().firstValue("Content-Range").orElse("");
    if (!part.startsWith("bytes " + range.offset() + "-")) {
      throw new StoreException.Unavailable(
          "store " + info.name() + ": the server answered with another range", null);
    }
  }

  private void requireLength(HttpResponse<?> response, long bytes) {
    OptionalLong length = response.headers().firstValueAsLong("Content-Length");
    if (length.isPresent() && length.getAsLong() < bytes) {
      throw new StoreException.NotFound(
          "store " + info.name() + ": the server has fewer bytes than were asked for", null);
    }
  }

  /** Asked with HEAD; where a server does not do that, with a GET whose bytes are not read. */
  @Override
  public OptionalLong size(StoreLocation at) {
    URI url = url(at);
    try {
      OptionalLong size =
          exchange("HEAD", url, null, null).headers().firstValueAsLong("Content-Length");
      if (size.isPresent()) {
        return size;
      }
    } catch (StoreException.BadLocation | StoreException.Denied | StoreException.Unavailable _) {
      // 405 or 501 from the better ones; the GET says what is wrong if it is something else.
    }
    HttpResponse<TimedBody> response = exchange("GET", url, null, null);
    response.body().close();
    return response.headers().firstValueAsLong("Content-Length");
  }

  @Override
  public boolean delete(StoreLocation at) {
    url(at);
    throw readOnly();
  }

  @Override
  public void close() {
    client.shutdownNow();
  }

  /** An answer of 200 or 206, whose body the caller closes. */
  private HttpResponse<TimedBody> exchange(
      String method, URI url, @Nullable ByteRange range, @Nullable String ifMatch) {
    URI target = url;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<TimedBody> response = send(method, target, range, ifMatch);
      int status = response.statusCode();
      if (status == 200 || status == 206) {
        return response;
      }
      response.body().close();
      if (status == 416) {
        throw new StoreException.NotFound(
            "store " + info.name() + ": the server has fewer bytes than were asked for", null);
      }
      if (status != 301 && status != 302) {
        throw HttpErrors.ofStatus(info.name(), status);
      }
      target = redirected(target, response);
    }
    throw new StoreException.BadLocation(
        "store " + info.name() + ": the server redirects more than " + MAX_REDIRECTS + " times",
        null);
  }

  private URI redirected(URI from, HttpResponse<?> response) {
    try {
      return from.resolve(new URI(response.headers().firstValue("Location").orElse("")));
    } catch (URISyntaxException e) {
      throw new StoreException.BadLocation(
          "store " + info.name() + ": the server redirects to what is no URL", e);
    }
  }

  private HttpResponse<TimedBody> send(
      String method, URI url, @Nullable ByteRange range, @Nullable String ifMatch) {
    rules
        .refusal(url)
        .ifPresent(
            why -> {
              throw new StoreException.BadLocation("store " + info.name() + ": " + why, null);
            });
    try {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(url)
              .method(method, HttpRequest.BodyPublishers.noBody())
              .timeout(timeout);
      if (range != null) {
        request.header("Range", "bytes=" + range.offset() + "-" + range.last());
      }
      if (url.getUserInfo() != null) {
        request.header("Authorization", basic(url.getUserInfo()));
      }
      if (ifMatch != null) {
        request.header("If-Match", ifMatch);
      }
      return send(request.build());
    } catch (IllegalArgumentException e) {
      throw new StoreException.BadLocation(
          "store " + info.name() + ": the location is no http URL", e);
    } catch (IOException e) {
      throw HttpErrors.translate(info.name(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException.Cancelled("store " + info.name() + ": cancelled", e);
    }
  }

  private static String basic(String userInfo) {
    return "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Makes a request, and again where that may help. An answer that never came is not waited for.
   */
  private HttpResponse<TimedBody> send(HttpRequest request)
      throws IOException, InterruptedException {
    Duration pause = retryDelay;
    for (int left = retries; ; left--) {
      try {
        HttpResponse<TimedBody> response = client.send(request, _ -> new TimedBody());
        if (left == 0 || !TRANSIENT.contains(response.statusCode())) {
          return response;
        }
        response.body().close();
      } catch (HttpConnectTimeoutException e) {
        if (left == 0) {
          throw e;
        }
      } catch (HttpTimeoutException | SSLException e) {
        throw e;
      } catch (IOException e) {
        if (left == 0) {
          throw e;
        }
      }
      // Those who failed together must not come back together.
      long millis = pause.toMillis();
      Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
      pause = pause.multipliedBy(2);
    }
  }

  private URI url(StoreLocation at) {
    if (!holds(at)) {
      throw new StoreException.BadLocation("the location is not of store " + info.name(), null);
    }
    return at.uri();
  }

  private StoreException readOnly() {
    return new StoreException.Unsupported("store " + info.name() + " is read-only", null);
  }
}
