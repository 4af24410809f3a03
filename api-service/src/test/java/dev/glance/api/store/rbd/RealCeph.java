package dev.glance.api.store.rbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Debian's Ceph, run by {@code lab/ceph} of the integration tests: one for a run of tests. */
final class RealCeph {
  private static @Nullable RealCeph shared;

  private final Path folder;

  private RealCeph(Path folder) {
    this.folder = folder;
  }

  /**
   * The Ceph of this test run, running. Where its packages are missing the test is skipped, or
   * fails if GLANCE_TEST_REQUIRE_TOOLS asks for that.
   */
  static synchronized RealCeph running() throws IOException {
    if (shared == null) {
      String missing = lab("missing").strip().replace('\n', ' ');
      if (!missing.isEmpty()) {
        String reason = "needs packages that are not installed: " + missing;
        if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
          fail(reason);
        }
        abort(reason);
      }
      RealCeph ceph = new RealCeph(Files.createTempDirectory("ceph-test-"));
      Runtime.getRuntime().addShutdownHook(new Thread(ceph::remove));
      lab("start", ceph.folder.toString());
      shared = ceph;
    }
    return shared;
  }

  /** Settings of a store in this Ceph; {@code more} replaces single ones. */
  RbdConfig config(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("ceph-conf", folder.resolve("ceph.conf").toString());
    settings.put("buffer", "4M");
    settings.put("timeout", "10s");
    settings.putAll(more);
    Map<String, String> keys = new HashMap<>(Map.of("glance.stores.ceph.type", "rbd"));
    settings.forEach((key, value) -> keys.put("glance.stores.ceph.rbd." + key, value));
    StoresConfig stores =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(StoresConfig.class)
            .withDefaultValues(keys)
            .build()
            .getConfigMapping(StoresConfig.class);
    return Objects.requireNonNull(stores.stores().get("ceph")).rbd();
  }

  /** Its configuration. */
  Path configuration() {
    return folder.resolve("ceph.conf");
  }

  /** A changed copy of its configuration, for clients. */
  Path configuration(String name, UnaryOperator<String> change) throws IOException {
    String text = Files.readString(configuration());
    return Files.writeString(folder.resolve(name + ".conf"), change.apply(text));
  }

  /** What a command prints, of Ceph's own, as its administrator. */
  String run(String... command) {
    return run(List.of(command));
  }

  /** Pauses the OSD, or lets it go on. */
  void pause(boolean isPaused) throws IOException {
    String pid = Files.readString(folder.resolve("osd.pid")).strip();
    run("kill", isPaused ? "-STOP" : "-CONT", pid);
  }

  private void remove() {
    lab("stop", folder.toString());
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String lab(String... arguments) {
    Path script = Path.of("../integration-tests/lab/ceph").toAbsolutePath().normalize();
    return run(
        Stream.concat(Stream.of(script.toString()), Stream.of(arguments)).toList(), Map.of());
  }

  private String run(List<String> command) {
    return run(command, Map.of("CEPH_CONF", folder.resolve("ceph.conf").toString()));
  }

  /** The daemons that it starts keep no pipe of ours open. */
  private static String run(List<String> command, Map<String, String> environment) {
    try {
      Path output = Files.createTempFile("ceph-test-", ".log");
      Path errors = Files.createTempFile("ceph-test-", ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectError(errors.toFile())
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s ends", command).isTrue();
        String text = Files.readString(output);
        assertThat(process.exitValue())
            .as("%s: %s %s", command, text, Files.readString(errors))
            .isZero();
        return text;
      } finally {
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
