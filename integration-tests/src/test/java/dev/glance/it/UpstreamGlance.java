package dev.glance.it;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Upstream Glance from Debian's package {@code glance-api}, on SQLite, with everything it keeps in
 * one folder. Instead of Keystone's middleware its pipeline begins with the context that reads the
 * middleware's headers, so that a request says itself who is calling.
 */
final class UpstreamGlance implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(20);

  private final Path folder;
  private final int port;
  private final int webPort;
  private @Nullable Process process;

  /**
   * An instance that is not running yet.
   *
   * @param webPort the local port that its http store may call
   */
  UpstreamGlance(int webPort) {
    this.webPort = webPort;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      folder = Files.createTempDirectory("upstream-glance-");
      port = socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Skips the test where the package is not installed, or fails it if GLANCE_TEST_REQUIRE_TOOLS
   * asks for that.
   */
  static void require() {
    if (!Files.isExecutable(Path.of("/usr/bin/glance-api"))) {
      String reason = "needs a package that is not installed: glance-api";
      if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
        fail(reason);
      }
      abort(reason);
    }
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Where the bytes of images in one of its file stores are. */
  Path store(String name) {
    return folder.resolve(name);
  }

  /** Makes the database, starts the process, and waits until it answers. */
  void start() {
    Process started;
    try {
      Path settings = folder.resolve("glance-api.conf");
      Files.writeString(
          settings,
          resource("glance-api.conf")
              .replace("$folder", folder.toString())
              .replace("$port", Integer.toString(port))
              .replace("$web", Integer.toString(webPort)));
      Files.writeString(folder.resolve("paste.ini"), resource("paste.ini"));
      Process made = run("glance-manage", "--config-file", settings.toString(), "db_sync");
      if (made.waitFor() != 0) {
        throw new IllegalStateException("glance-manage failed: " + log());
      }
      started = run("glance-api", "--config-file", settings.toString());
      process = started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    Http http = new Http(url());
    Await.until(
        READY_WITHIN,
        "upstream Glance answers or has ended: " + folder,
        () -> http.status("/") == 300 || !started.isAlive());
    if (!started.isAlive()) {
      throw new IllegalStateException("upstream Glance does not run: " + log());
    }
  }

  /** What it has written so far. */
  String log() {
    try {
      return Files.readString(folder.resolve("output.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (process != null) {
      process.destroy();
      try {
        if (!process.waitFor(STOPPED_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private Process run(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output.log").toFile()))
        .start();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in =
        UpstreamGlance.class.getResourceAsStream("/differential/upstream/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
