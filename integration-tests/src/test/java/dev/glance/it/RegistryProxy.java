package dev.glance.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Stands between glance-api and glance-registry and passes everything on, or what its {@link Tap}
 * lets through. Where the registry is gone, the connection is closed without an answer.
 */
final class RegistryProxy implements AutoCloseable {
  /** What belongs to one connection, or is written by whoever sends. */
  private static final Set<String> OF_THE_CONNECTION =
      Set.of("connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade");

  private final URI registry;
  private final Tap tap;
  private final HttpServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** One call to the registry. */
  record Call(String method, String path, String body) {}

  /** Sees the calls; what it throws closes the connection without an answer. */
  interface Tap {
    /** Before the registry has the call. */
    default void before(Call call) throws IOException, InterruptedException {}

    /** When the registry has answered, and glance-api does not know it yet. */
    default void after(Call call) throws IOException, InterruptedException {}
  }

  RegistryProxy(URI registry, Tap tap) throws IOException {
    this.registry = registry;
    this.tap = tap;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::passOn);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void passOn(HttpExchange exchange) throws IOException {
    try (exchange) {
      Call call =
          new Call(
              exchange.getRequestMethod(),
              exchange.getRequestURI().getPath(),
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      tap.before(call);
      HttpRequest.Builder request =
          HttpRequest.newBuilder(registry.resolve(exchange.getRequestURI().toString()))
              .method(call.method, BodyPublishers.ofString(call.body));
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> values.forEach(value -> copy(name, value, request)));
      HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
      tap.after(call);
      response
          .headers()
          .map()
          .forEach(
              (name, values) -> {
                if (!OF_THE_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
                  exchange.getResponseHeaders().put(name, values);
                }
              });
      byte[] body = response.body();
      exchange.sendResponseHeaders(response.statusCode(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(String name, String value, HttpRequest.Builder to) {
    if (!OF_THE_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
      to.header(name, value);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    client.shutdownNow();
  }
}
