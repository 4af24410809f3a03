package dev.glance.api.keymanager;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A key manager in this process that writes down what it is asked. */
final class FakeBarbican implements AutoCloseable {
  /** What it does when it is asked. */
  enum Mood {
    /** Answers with {@link #status}. */
    WELL,
    /** Says nothing. */
    SILENT,
    /** Begins an answer that does not end. */
    ENDLESS,
    /** Hangs up without an answer. */
    RUDE
  }

  /** A request. */
  record Call(String line, @Nullable String token, @Nullable String requestId) {}

  volatile Mood mood = Mood.WELL;
  volatile int status = 204;

  /** Happens when it is asked, before it answers. */
  volatile Runnable whenAsked = () -> {};

  final List<Call> calls = new CopyOnWriteArrayList<>();

  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  FakeBarbican() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  void reset() {
    mood = Mood.WELL;
    status = 204;
    whenAsked = () -> {};
    calls.clear();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      calls.add(
          new Call(
              exchange.getRequestMethod() + " " + exchange.getRequestURI(),
              exchange.getRequestHeaders().getFirst("X-Auth-Token"),
              exchange.getRequestHeaders().getFirst("X-OpenStack-Request-ID")));
      whenAsked.run();
      switch (mood) {
        case WELL -> {
          if (status / 100 == 3) {
            exchange.getResponseHeaders().set("Location", url() + "/elsewhere");
          }
          exchange.sendResponseHeaders(status, -1);
        }
        case SILENT -> end.await();
        case ENDLESS -> {
          exchange.sendResponseHeaders(500, 0);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          end.await();
        }
        case RUDE -> {}
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
