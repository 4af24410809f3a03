package dev.glance.api.store.http;

import dev.glance.api.net.CaCertificates;
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
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads images from web servers, located by their own URLs, {@code http://…} and {@code https://…}
 * (API reference section 6.5). It writes and deletes nothing. Every URL, those of redirects
 * included, passes {@link UrlRules} before it is called.
 */
public final class HttpStore implements Store {
  private static final int MAX_REDIRECTS = 5;

  private final StoreInfo info;
  private final UrlRules rules;
  private final HttpClient client;
  private final Duration timeout;

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
      exchange("HEAD", url, null);
      return new ImageBytes.Stream(new ByteArrayInputStream(new byte[0]), 0);
    }
    HttpResponse<InputStream> response = exchange("GET", url, range);
    try {
      // Servers may ignore the range and send all.
      boolean isPart = response.statusCode() == 206;
      if (isPart) {
        requireStart(response, range);
      }
      long skipped = isPart ? 0 : range.offset();
      requireLength(response, skipped + range.length());
      response.body().skipNBytes(skipped);
    } catch (IOException e) {
      close(response);
      throw HttpErrors.translate(info.name(), e);
    } catch (RuntimeException e) {
      close(response);
      throw e;
    }
    return new ImageBytes.Stream(
        new BoundedStream(response.body(), range.length()), range.length());
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
      OptionalLong size = exchange("HEAD", url, null).headers().firstValueAsLong("Content-Length");
      if (size.isPresent()) {
        return size;
      }
    } catch (StoreException.BadLocation | StoreException.Denied | StoreException.Unavailable _) {
      // 405 or 501 from the better ones; the GET says what is wrong if it is something else.
    }
    HttpResponse<InputStream> response = exchange("GET", url, null);
    close(response);
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
  private HttpResponse<InputStream> exchange(String method, URI url, @Nullable ByteRange range) {
    URI target = url;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response = send(method, target, range);
      int status = response.statusCode();
      if (status == 200 || status == 206) {
        return response;
      }
      close(response);
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

  private HttpResponse<InputStream> send(String method, URI url, @Nullable ByteRange range) {
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
      return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
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

  private static void close(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException _) {
      // Nobody wants these bytes.
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
