package dev.glance.api.store.swift;

import dev.glance.api.net.TimedBody;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.swift.Sessions.Session;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The calls of Swift's API that a store needs, on one account. A request that fails in a way that
 * may pass is made again after a pause that doubles; a token that Swift refuses is replaced.
 * Thread-safe; blocks; an interrupt ends it with {@link StoreException.Cancelled}.
 */
final class SwiftClient {
  /** What Swift or something before it answers when the same may go well a little later. */
  private static final Set<Integer> TRANSIENT = Set.of(408, 425, 429, 498, 500, 502, 503, 504);

  /** The slowest that bytes may be sent: what takes longer, and the timeout on top, has failed. */
  private static final int SLOWEST_BYTES_PER_MILLI = 256;

  /** As many as Swift lists at once by default. */
  private static final int PAGE = 10_000;

  private static final int DELETES_AT_ONCE = 8;

  /** For one request: a token may be revoked while it is on its way, and so may the next. */
  private static final int MOST_RENEWALS = 3;

  private final String store;
  private final SwiftConfig config;
  private final Sessions sessions;
  private final HttpClient http;
  private final BiConsumer<SwiftClient, String> makeContainer;

  SwiftClient(String store, SwiftConfig config, Sessions sessions, HttpClient http) {
    this(store, config, sessions, http, SwiftClient::createWhereAllowed);
  }

  /**
   * An account.
   *
   * @param makeContainer makes one that is missing when something is to be put into it
   */
  SwiftClient(
      String store,
      SwiftConfig config,
      Sessions sessions,
      HttpClient http,
      BiConsumer<SwiftClient, String> makeContainer) {
    this.makeContainer = makeContainer;
    this.store = store;
    this.config = config;
    this.sessions = sessions;
    this.http = http;
  }

  /** The path below the account's URL of a container, or of an object in it. */
  static String path(String... names) {
    StringBuilder path = new StringBuilder();
    for (String name : names) {
      path.append('/').append(encode(name));
    }
    return path.toString();
  }

  private static String encode(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The headers of an object or container; status 404 when there is none. */
  HttpResponse<Void> head(String path) {
    HttpResponse<Void> answer =
        call("HEAD", path, Map.of(), BodyPublishers::noBody, BodyHandlers.discarding());
    return require(answer, "HEAD", 404);
  }

  /**
   * Looks once whether a container is there, and soon gives up. Not by HEAD: Swift's answer to that
   * is 204 with the length of the listing, which Java's client takes for a fault.
   */
  HttpResponse<Void> probe(String container, Duration limit) {
    Session session = sessions.session();
    HttpResponse<Void> answer;
    try {
      answer =
          once(
              "GET",
              path(container) + "?format=json&limit=1",
              session,
              Map.of(),
              BodyPublishers.noBody(),
              BodyHandlers.discarding(),
              limit);
    } catch (IOException | TimeoutException e) {
      throw SwiftErrors.translate(store, "a listing", e);
    }
    if (answer.statusCode() == 401) {
      sessions.forget(session);
    }
    return require(answer, "a listing", 404);
  }

  /** An answer of 200 or 206; {@code handler} takes the body. */
  <T> HttpResponse<T> get(String path, Map<String, String> headers, BodyHandler<T> handler) {
    return require(call("GET", path, headers, BodyPublishers::noBody, handler), "GET");
  }

  /**
   * Writes an object; the body is asked for again for each try.
   *
   * @param also what may be answered besides 201
   * @return the answer
   * @throws StoreException.Unavailable when the container is missing and may not be made
   */
  HttpResponse<Void> put(
      String container,
      String path,
      Map<String, String> headers,
      Supplier<BodyPublisher> body,
      Integer... also) {
    HttpResponse<Void> answer = call("PUT", path, headers, body, BodyHandlers.discarding());
    if (answer.statusCode() == 404) {
      makeContainer.accept(this, container);
      answer = call("PUT", path, headers, body, BodyHandlers.discarding());
    }
    return require(answer, "PUT", also);
  }

  private void createWhereAllowed(String container) {
    if (!config.createContainerOnPut()) {
      throw new StoreException.Unavailable(
          "store "
              + store
              + ": there is no container "
              + container
              + ", and create-container-on-put is off",
          null);
    }
    createContainer(container, Map.of());
  }

  /**
   * Makes a container, or sets the headers of one that is there. Parts that are sent at once make
   * it at once: radosgw answers 409 to all but one of them, and also where the name is another's.
   */
  void createContainer(String container, Map<String, String> headers) {
    HttpResponse<Void> answer = putContainer(container, headers);
    for (int left = config.retries(); left > 0 && answer.statusCode() == 409; left--) {
      pause(config.retryDelay());
      answer = putContainer(container, headers);
    }
    require(answer, "PUT of the container");
  }

  private HttpResponse<Void> putContainer(String container, Map<String, String> headers) {
    return call("PUT", path(container), headers, BodyPublishers::noBody, BodyHandlers.discarding());
  }

  /**
   * Sets headers of a container.
   *
   * @throws StoreException.NotFound when there is none
   */
  void postContainer(String container, Map<String, String> headers) {
    require(
        call("POST", path(container), headers, BodyPublishers::noBody, BodyHandlers.discarding()),
        "POST of the container");
  }

  /** Removes a container unless something is in it; false when there is. */
  boolean deleteContainer(String container) {
    HttpResponse<Void> answer =
        call(
            "DELETE", path(container), Map.of(), BodyPublishers::noBody, BodyHandlers.discarding());
    return require(answer, "DELETE of the container", 404, 409).statusCode() != 409;
  }

  /** The account's URL, without a slash at the end. */
  String storageUrl() {
    return sessions.session().storageUrl();
  }

  /** False when it was already gone. */
  boolean delete(String path) {
    HttpResponse<Void> answer =
        call("DELETE", path, Map.of(), BodyPublishers::noBody, BodyHandlers.discarding());
    return require(answer, "DELETE", 404).statusCode() != 404;
  }

  /**
   * Deletes many, of which some may be gone.
   *
   * @throws StoreException the first failure, after which no more are tried
   */
  void deleteAll(Collection<String> paths) {
    Queue<String> left = new ConcurrentLinkedQueue<>(paths);
    List<Future<?>> workers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < Math.min(DELETES_AT_ONCE, paths.size()); i++) {
        workers.add(threads.submit(() -> deleteEach(left)));
      }
      for (Future<?> worker : workers) {
        try {
          worker.get();
        } catch (ExecutionException e) {
          throw SwiftErrors.of(store, "DELETE", e);
        } catch (InterruptedException e) {
          threads.shutdownNow();
          throw SwiftErrors.cancelled(store, e);
        }
      }
    }
  }

  private void deleteEach(Queue<String> paths) {
    try {
      for (String path = paths.poll(); path != null; path = paths.poll()) {
        delete(path);
      }
    } finally {
      paths.clear();
    }
  }

  /**
   * Names the objects of a container in the order of their names; none where there is no container.
   *
   * @param prefix how the names begin
   */
  void list(String container, String prefix, Consumer<JsonObject> each) {
    listBelow(path(container), prefix, each);
  }

  /** Names the containers of the account in the order of their names. */
  void listContainers(String prefix, Consumer<String> each) {
    listBelow("", prefix, container -> each.accept(container.getString("name")));
  }

  private void listBelow(String path, String prefix, Consumer<JsonObject> each) {
    String marker = "";
    while (true) {
      HttpResponse<String> answer =
          call(
              "GET",
              path
                  + "?format=json&limit="
                  + PAGE
                  + "&prefix="
                  + encode(prefix)
                  + "&marker="
                  + encode(marker),
              Map.of(),
              BodyPublishers::noBody,
              BodyHandlers.ofString());
      JsonArray page =
          require(answer, "a listing", 404).statusCode() == 200
              ? new JsonArray(answer.body())
              : new JsonArray();
      if (page.isEmpty()) {
        return;
      }
      for (int i = 0; i < page.size(); i++) {
        JsonObject object = page.getJsonObject(i);
        each.accept(object);
        marker = object.getString("name");
      }
    }
  }

  private <T> HttpResponse<T> require(HttpResponse<T> answer, String doing, Integer... also) {
    int status = answer.statusCode();
    if (status / 100 != 2 && !List.of(also).contains(status)) {
      close(answer);
      throw SwiftErrors.ofStatus(store, doing, status);
    }
    return answer;
  }

  /** Lets go of an answer whose bytes nobody wants. */
  private static void close(HttpResponse<?> answer) {
    if (answer.body() instanceof TimedBody body) {
      body.close();
    }
  }

  private <T> HttpResponse<T> call(
      String method,
      String path,
      Map<String, String> headers,
      Supplier<BodyPublisher> body,
      BodyHandler<T> handler) {
    int renewals = 0;
    Duration pause = config.retryDelay();
    for (int left = config.retries(); ; left--) {
      try {
        Session session = sessions.session();
        HttpResponse<T> answer =
            once(method, path, session, headers, body.get(), handler, config.timeout());
        boolean isExpired = answer.statusCode() == 401 && renewals < MOST_RENEWALS;
        if (!isExpired && (left == 0 || !TRANSIENT.contains(answer.statusCode()))) {
          return answer;
        }
        close(answer);
        if (isExpired) {
          renewals++;
          sessions.forget(session);
          left++;
          continue;
        }
      } catch (IOException | TimeoutException e) {
        if (left == 0) {
          throw SwiftErrors.translate(store, method, e);
        }
      } catch (StoreException.Unavailable e) {
        if (left == 0) {
          throw e;
        }
      }
      pause(pause);
      pause = pause.multipliedBy(2);
    }
  }

  /** Those who failed together must not come back together. */
  private void pause(Duration longest) {
    try {
      long millis = longest.toMillis();
      Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    } catch (InterruptedException e) {
      throw SwiftErrors.cancelled(store, e);
    }
  }

  private <T> HttpResponse<T> once(
      String method,
      String path,
      Session session,
      Map<String, String> headers,
      BodyPublisher body,
      BodyHandler<T> handler,
      Duration timeout)
      throws IOException, TimeoutException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(session.storageUrl() + path)).method(method, body);
    Map<String, String> all = new HashMap<>(headers);
    all.put("X-Auth-Token", session.token());
    all.forEach(request::header);
    CompletableFuture<HttpResponse<T>> exchange = http.sendAsync(request.build(), handler);
    long limit = timeout.toMillis() + Math.max(0, body.contentLength()) / SLOWEST_BYTES_PER_MILLI;
    try {
      return exchange.get(limit, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (InterruptedException e) {
      exchange.cancel(true);
      throw SwiftErrors.cancelled(store, e);
    } catch (TimeoutException e) {
      exchange.cancel(true);
      throw e;
    }
  }
}
