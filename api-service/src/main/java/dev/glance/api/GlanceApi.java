package dev.glance.api;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.List;

/** Starts the service, unless its settings make no sense. */
@QuarkusMain
public final class GlanceApi {
  GlanceApi() {}

  /** Runs until told to stop; arguments are not used. */
  public static void main(String... args) {
    List<String> problems = StartupChecks.problems();
    if (!problems.isEmpty()) {
      refuse(problems);
    }
    Quarkus.run(args);
  }

  // Before the service starts there is no log yet: these go to the terminal as they are.
  @SuppressWarnings("SystemOut")
  private static void refuse(List<String> problems) {
    System.err.println("glance-api does not start:");
    problems.forEach(problem -> System.err.println("  " + problem));
    System.exit(1);
  }
}
