package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One built service as a process: its settings in a properties file, its output in a log file. May
 * be started again after every kind of end, with the same port and data folder.
 */
final class ServiceProcess {
  /** A start with an empty data folder unpacks and initialises PostgreSQL, on a busy machine. */
  private static final Duration READY_WITHIN = Duration.ofSeconds(90);

  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(40);

  private final String name;
  private final Path folder;
  private final int port = freePort();
  private final Map<String, String> settings = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> wrapper = new ArrayList<>();
  private @Nullable Process process;

  /**
   * A service that is not running yet.
   *
   * @param name {@code api} or {@code registry}
   * @param folder its working folder, which gets its settings and its log
   */
  ServiceProcess(String name, Path folder) {
    this.name = name;
    this.folder = folder;
    set("glance." + name + ".listen-port", Integer.toString(port));
  }

  ServiceProcess set(String key, String value) {
    settings.put(key, value);
    return this;
  }

  ServiceProcess unset(String key) {
    settings.remove(key);
    return this;
  }

  ServiceProcess setEnvironment(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Lets another program run it; that program must become the service, not its parent. */
  ServiceProcess runBy(List<String> words) {
    wrapper.clear();
    wrapper.addAll(words);
    return this;
  }

  /** Where it answers, as soon as it is ready. */
  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  void start() {
    try {
      ProcessBuilder builder = builder();
      builder.command().addAll(0, wrapper);
      process = builder.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile())).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How a command of {@code ./glance} ended. */
  record Outcome(int exitCode, String output) {}

  /** Runs a command of {@code ./glance} on the service's settings, whether it runs or not. */
  Outcome command(String... words) {
    try {
      Process command = beginCommand(words);
      String output = new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Outcome(command.waitFor(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The same, not waiting for its end. */
  Process beginCommand(String... words) throws IOException {
    ProcessBuilder builder = builder();
    builder.command().addAll(List.of(words));
    return builder.start();
  }

  private ProcessBuilder builder() throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(name + ".properties");
    Properties properties = new Properties();
    properties.putAll(settings);
    try (var out = Files.newBufferedWriter(file)) {
      properties.store(out, null);
    }
    Path root = Path.of("..").toAbsolutePath().normalize();
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + root.resolve("deploy/jvm/glance-" + name + ".options"),
                "-jar",
                root.resolve(name + "-service/target/quarkus-app/quarkus-run.jar").toString()));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().keySet().removeIf(variable -> variable.startsWith("GLANCE_"));
    builder.environment().putAll(environment);
    builder.environment().put("SMALLRYE_CONFIG_LOCATIONS", file.toString());
    return builder.directory(folder.toFile()).redirectErrorStream(true);
  }

  void awaitReady() {
    Http http = new Http(url());
    Await.until(
        READY_WITHIN,
        "glance-" + name + " is ready or has ended",
        () -> http.status("/healthcheck/ready") == 200 || !isRunning());
    assertThat(isRunning()).as("glance-%s runs; its log: %s", name, log()).isTrue();
  }

  boolean isRunning() {
    return process != null && process.isAlive();
  }

  long pid() {
    return running().pid();
  }

  /** Ends it as an operator does, and waits until it has ended. */
  void terminate() {
    tellToStop();
    awaitExit();
  }

  /** Tells it to end (SIGTERM), and does not wait. */
  void tellToStop() {
    running().destroy();
  }

  /** Ends it at whatever instruction it has reached (SIGKILL). */
  void kill() {
    running().destroyForcibly();
    awaitExit();
  }

  /** Stops it from running at all, until {@link #resume} (SIGSTOP). */
  void pause() {
    Signals.send("STOP", running().pid());
  }

  void resume() {
    Signals.send("CONT", running().pid());
  }

  /** Waits until it has ended by itself. */
  int awaitExit() {
    try {
      assertThat(running().waitFor(STOPPED_WITHIN.toSeconds(), TimeUnit.SECONDS))
          .as("glance-%s ends", name)
          .isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return running().exitValue();
  }

  /** What it has written so far, over all its starts. */
  String log() {
    try {
      return logFile().exists() ? Files.readString(logFile().toPath()) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves nothing running. */
  void end() {
    if (isRunning()) {
      // A paused process hears nothing but SIGKILL.
      resume();
      running().destroy();
      try {
        if (!running().waitFor(STOPPED_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
          kill();
        }
      } catch (InterruptedException e) {
        kill();
      }
    }
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("glance-" + name + " was not started");
    }
    return process;
  }

  private File logFile() {
    return folder.resolve(name + ".log").toFile();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
