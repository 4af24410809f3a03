package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A script of {@code lab/} that runs another service of OpenStack from Debian's packages. */
record LabScript(String name) {
  private static final Duration START_WITHIN = Duration.ofMinutes(2);

  /**
   * Where the service's packages are missing the test is skipped, or fails if
   * GLANCE_TEST_REQUIRE_TOOLS asks for that.
   */
  void requireItsPackages() {
    String missing = run("missing").strip().replace('\n', ' ');
    if (!missing.isEmpty()) {
      String reason = "needs packages that are not installed: " + missing;
      if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
        fail(reason);
      }
      abort(reason);
    }
  }

  /** Runs the script; answers what it printed. The daemons it starts keep no pipe of ours open. */
  String run(String... arguments) {
    try {
      Path output = Files.createTempFile(name + "-it-", ".log");
      try {
        String script = Path.of("lab", name).toAbsolutePath().toString();
        ProcessBuilder builder =
            new ProcessBuilder(Stream.concat(Stream.of(script), Stream.of(arguments)).toList());
        builder.redirectErrorStream(true).redirectOutput(output.toFile());
        Process process = builder.start();
        assertThat(process.waitFor(START_WITHIN.toSeconds(), TimeUnit.SECONDS))
            .as("lab/%s %s ends", name, arguments[0])
            .isTrue();
        String text = Files.readString(output);
        assertThat(process.exitValue()).as("lab/%s %s: %s", name, arguments[0], text).isZero();
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
