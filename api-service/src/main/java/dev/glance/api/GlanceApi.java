package dev.glance.api;

import dev.glance.api.auth.basic.UserCommand;
import dev.glance.api.check.ImageCommand;
import dev.glance.api.check.StoreCommand;
import dev.glance.api.metadef.MetadefsCommand;
import dev.glance.api.policy.PolicyCommand;
import dev.glance.model.TimeSlice;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Starts the service, unless its settings make no sense. */
@QuarkusMain
public final class GlanceApi {
  private static final String EVENT_LOOPS = "quarkus.vertx.event-loops-pool-size";

  /**
   * Quarkus has as many as cores: with two, whatever a loop serves beside its uploads waits until
   * all of those that have bytes have been read.
   */
  private static final int LEAST_EVENT_LOOPS = 8;

  GlanceApi() {}

  /**
   * Runs until told to stop. With arguments it is a command of {@code ./glance} instead, on the
   * same settings.
   */
  public static void main(String... args) {
    if (args.length > 0) {
      System.exit(command(List.of(args)));
    }
    List<String> problems = StartupChecks.problems();
    if (!problems.isEmpty()) {
      refuse(problems);
    }
    // Whoever waits for an answer waits for none of the digests' slices.
    TimeSlice.ofThisThread(TimeSlice.SHORT);
    // Quarkus answers a raw quote or bracket in a URL with an empty 400 before any filter: UrlCheck
    // is what refuses URLs here. Read when its HTTP server is first loaded, so set before.
    System.setProperty("vertx.disableURIValidation", "true");
    if (StartupChecks.settings().getConfigValue(EVENT_LOOPS).getValue() == null) {
      int cores = Runtime.getRuntime().availableProcessors();
      System.setProperty(EVENT_LOOPS, String.valueOf(Math.max(LEAST_EVENT_LOOPS, cores)));
    }
    Quarkus.run(args);
  }

  @SuppressWarnings("SystemOut")
  private static int command(List<String> words) {
    List<String> rest = words.subList(1, words.size());
    // Commands tell their user everything themselves. Without Quarkus nobody sets a level, and the
    // S3 client would write out each byte that it sends for a log that nobody sees.
    Logger.getLogger("").setLevel(Level.WARNING);
    return switch (words.getFirst()) {
      case "image" -> ImageCommand.run(StartupChecks.settings(), rest);
      case "metadefs" -> MetadefsCommand.run(StartupChecks.settings(), rest);
      case "policy" -> PolicyCommand.run(StartupChecks.settings(), rest);
      case "store" -> StoreCommand.run(StartupChecks.settings(), rest);
      case "user" -> UserCommand.run(StartupChecks.settings(), rest);
      default -> {
        System.err.println("glance-api: there is no command " + words.getFirst() + ".");
        yield 2;
      }
    };
  }

  // Before the service starts there is no log yet: these go to the terminal as they are.
  @SuppressWarnings("SystemOut")
  private static void refuse(List<String> problems) {
    System.err.println("glance-api does not start:");
    problems.forEach(problem -> System.err.println("  " + problem));
    System.exit(1);
  }
}
