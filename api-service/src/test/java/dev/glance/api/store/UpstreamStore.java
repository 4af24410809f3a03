package dev.glance.api.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Upstream's own library of stores, run by {@code integration-tests/lab/upstream-store}. */
public final class UpstreamStore {
  private UpstreamStore() {}

  /**
   * Stores an image as upstream Glance does. Where the library is missing the test is skipped, or
   * fails if GLANCE_TEST_REQUIRE_TOOLS asks for that.
   *
   * @param options those of upstream's configuration, {@code name=value} each
   * @return the URL that upstream keeps in its database
   */
  public static String write(String scheme, String imageId, byte[] bytes, String... options) {
    String missing = run(List.of("missing"));
    if (!missing.isEmpty()) {
      String reason = "needs a package that is not installed: " + missing;
      if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
        fail(reason);
      }
      abort(reason);
    }
    try {
      Path file = Files.createTempFile("upstream-", ".raw");
      try {
        Files.write(file, bytes);
        return run(
            Stream.concat(Stream.of(scheme, imageId, file.toString()), Stream.of(options))
                .toList());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String run(List<String> arguments) {
    Path script = Path.of("../integration-tests/lab/upstream-store").toAbsolutePath().normalize();
    try {
      Path errors = Files.createTempFile("upstream-", ".log");
      try {
        Process process =
            new ProcessBuilder(
                    Stream.concat(Stream.of(script.toString()), arguments.stream()).toList())
                .redirectError(errors.toFile())
                .start();
        String output =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
        return output;
      } finally {
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
