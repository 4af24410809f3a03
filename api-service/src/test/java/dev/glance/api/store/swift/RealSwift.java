package dev.glance.api.store.swift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
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
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Debian's Swift, run by {@code lab/swift} of the integration tests: one for a run of tests. */
final class RealSwift {
  private static @Nullable RealSwift shared;

  private final Path folder;
  private final int port;

  private RealSwift(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /**
   * The Swift of this test run, running. Where its packages are missing the test is skipped, or
   * fails if GLANCE_TEST_REQUIRE_TOOLS asks for that.
   */
  static synchronized RealSwift running() throws IOException {
    if (shared == null) {
      String missing = script("missing").strip().replace('\n', ' ');
      if (!missing.isEmpty()) {
        String reason = "needs packages that are not installed: " + missing;
        if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
          fail(reason);
        }
        abort(reason);
      }
      int port;
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = socket.getLocalPort();
      }
      RealSwift swift = new RealSwift(Files.createTempDirectory("swift-test-"), port);
      Runtime.getRuntime().addShutdownHook(new Thread(swift::remove));
      script("start", swift.folder.toString(), Integer.toString(port));
      shared = swift;
    }
    return shared;
  }

  int port() {
    return port;
  }

  /** Where version 1 of the API gives tokens out, to {@code service:glance} with {@code secret}. */
  String authAddress() {
    return "http://127.0.0.1:" + port + "/auth/v1.0";
  }

  /** Settings of a store in this Swift, with parts of 1 MiB; {@code more} replaces single ones. */
  SwiftConfig config(String container, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("auth-address", authAddress());
    settings.put("auth-version", "1");
    settings.put("user", "service:glance");
    settings.put("key", "secret");
    settings.put("container", container);
    settings.put("create-container-on-put", "true");
    settings.put("large-object-chunk-size", "1M");
    settings.put("upload-buffer", "4M");
    settings.put("max-manifest-segments", "5");
    settings.put("timeout", "20s");
    settings.put("retry-delay", "10ms");
    settings.putAll(more);
    Map<String, String> keys = new HashMap<>(Map.of("glance.stores.cloud.type", "swift"));
    settings.forEach((key, value) -> keys.put("glance.stores.cloud.swift." + key, value));
    StoresConfig stores =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(StoresConfig.class)
            .withDefaultValues(keys)
            .build()
            .getConfigMapping(StoresConfig.class);
    return Objects.requireNonNull(stores.stores().get("cloud")).swift();
  }

  /** Makes all tokens void that were given out. */
  void forgetTokens() {
    script("forget", folder.toString());
  }

  private void remove() {
    script("stop", folder.toString());
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The daemons that it starts keep no pipe of ours open. */
  private static String script(String... arguments) {
    try {
      Path output = Files.createTempFile("swift-test-", ".log");
      try {
        Path script = Path.of("../integration-tests/lab/swift").toAbsolutePath().normalize();
        List<String> command =
            Stream.concat(Stream.of(script.toString()), Stream.of(arguments)).toList();
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
