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
    // Quarkus answers a raw quote or bracket in a URL with an empty 400 before any filter: UrlCheck
    // is what refuses URLs here. Read when its HTTP server is first loaded, so set before.
    System.setProperty("vertx.disableURIValidation", "true");
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
