package dev.glance.it;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/** Programs that some tests need beside a JDK. */
final class Tools {
  private Tools() {}

  /**
   * Where a tool is; without it the test is skipped, or fails if GLANCE_TEST_REQUIRE_TOOLS asks for
   * that.
   */
  static String find(String name) {
    for (String directory : (System.getenv("PATH") + ":/usr/sbin").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, name))) {
        return Path.of(directory, name).toString();
      }
    }
    String reason = name + " is not installed";
    if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
      fail(reason);
    }
    return abort(reason);
  }
}
