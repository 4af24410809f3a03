package dev.glance.api.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real server, run by a script of {@code integration-tests/lab} until this process ends. */
public final class LabServer {
  private static final Map<String, LabServer> RUNNING = new HashMap<>();

  private final String script;
  private final Path folder;
  private final int port;

  private LabServer(String script, Path folder, int port) {
    this.script = script;
    this.folder = folder;
    this.port = port;
  }

  /**
   * The one of this run of tests, running on a port of its own. Where its packages are missing the
   * test is skipped, or fails if GLANCE_TEST_REQUIRE_TOOLS asks for that.
   *
   * @param script the name of the script
   */
  public static synchronized LabServer running(String script) {
    return RUNNING.computeIfAbsent(script, LabServer::start);
  }

  private static LabServer start(String script) {
    String missing = run(script, "missing").strip().replace('\n', ' ');
    if (!missing.isEmpty()) {
      String reason = "needs packages that are not installed: " + missing;
      if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
        fail(reason);
      }
      abort(reason);
    }
    LabServer server;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path folder = Files.createTempDirectory(script + "-test-");
      server = new LabServer(script, folder, socket.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(server::remove));
    run(script, "start", server.folder.toString(), Integer.toString(server.port));
    return server;
  }

  /** Where it listens on the loopback address. */
  public int port() {
    return port;
  }

  /** Runs the script's command on it. */
  public String tell(String command, String... arguments) {
    return run(
        script,
        Stream.concat(Stream.of(command, folder.toString()), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private void remove() {
    tell("stop");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The daemons that it starts keep no pipe of ours open. */
  private static String run(String script, String... arguments) {
    try {
      Path output = Files.createTempFile(script + "-test-", ".log");
      try {
        Path file = Path.of("../integration-tests/lab", script).toAbsolutePath().normalize();
        List<String> command =
            Stream.concat(Stream.of(file.toString()), Stream.of(arguments)).toList();
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s ends", command).isTrue();
        String text = Files.readString(output);
        assertThat(process.exitValue()).as("%s: %s", command, text).isZero();
        return text;
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
