package dev.glance.registry;

import dev.glance.model.TimeSlice;
import dev.glance.registry.database.DatabaseErrors;
import dev.glance.registry.database.EmbeddedPostgres;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.net.BindException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Starts the registry: the configuration is checked as a whole, the embedded PostgreSQL started if
 * no other is configured, then the service. Exit code 1 and plain sentences when it cannot be.
 */
@QuarkusMain
public final class RegistryMain {
  // Longer than the service itself takes to end its requests (quarkus.shutdown.timeout).
  private static final int SERVICE_ENDS_WITHIN_SECONDS = 20;

  private RegistryMain() {}

  /** The entry point; arguments are not used. */
  public static void main(String[] args) {
    StartupChecks.Findings findings = StartupChecks.check();
    if (!findings.problems().isEmpty()) {
      refuse(findings.problems());
    }
    // Also of the embedded PostgreSQL: on the way to an answer each would wait for its turn.
    TimeSlice.ofThisThread(TimeSlice.SHORT);
    RegistryConfig config = findings.config().orElseThrow();
    CountDownLatch serviceEnded = new CountDownLatch(1);
    try {
      useDatabase(config, serviceEnded);
    } catch (StartupException e) {
      refuse(List.of(String.valueOf(e.getMessage())));
    }
    Quarkus.run(
        null,
        (exitCode, failure) -> {
          if (failure != null) {
            explain(failure, config);
          }
          serviceEnded.countDown();
          System.exit(exitCode);
        },
        args);
  }

  /** Tells the service where its database is; an embedded one ends after the service. */
  private static void useDatabase(RegistryConfig config, CountDownLatch serviceEnded) {
    RegistryConfig.Database database = config.database();
    if (database.url().isPresent()) {
      Optional<String> password =
          StartupChecks.secret(database.password(), database.passwordFile());
      pointTo(database.url().get(), database.username(), password);
      return;
    }
    EmbeddedPostgres embedded = startEmbedded(config, serviceEnded);
    pointTo(
        embedded.jdbcUrl(), Optional.of(EmbeddedPostgres.NAME), Optional.of(embedded.password()));
  }

  /** The hook that stops it is there before it starts: the first start takes seconds. */
  private static EmbeddedPostgres startEmbedded(
      RegistryConfig config, CountDownLatch serviceEnded) {
    CompletableFuture<Optional<EmbeddedPostgres>> started = new CompletableFuture<>();
    Thread starter = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (!started.isDone()) {
                    starter.interrupt();
                    started.join().ifPresent(EmbeddedPostgres::close);
                    return;
                  }
                  started
                      .join()
                      .ifPresent(
                          embedded -> {
                            awaitQuietly(serviceEnded);
                            embedded.close();
                          });
                },
                "embedded-postgres-stop"));
    try {
      EmbeddedPostgres embedded = EmbeddedPostgres.start(config.dataDir().resolve("postgres"));
      started.complete(Optional.of(embedded));
      return embedded;
    } finally {
      started.complete(Optional.empty());
    }
  }

  private static void pointTo(String url, Optional<String> username, Optional<String> password) {
    System.setProperty("quarkus.datasource.jdbc.url", url);
    username.ifPresent(name -> System.setProperty("quarkus.datasource.username", name));
    password.ifPresent(secret -> System.setProperty("quarkus.datasource.password", secret));
  }

  /** Plain sentences for what an operator can mend, the whole story for the rest. */
  private static void explain(Throwable failure, RegistryConfig config) {
    if (DatabaseErrors.isUnavailable(failure)) {
      say(
          List.of(
              "The database of glance.registry.database.url cannot be reached: "
                  + DatabaseErrors.words(failure).orElse("it does not answer.")));
    } else if (isAddressTaken(failure)) {
      say(
          List.of(
              "Port "
                  + config.listenPort()
                  + " on "
                  + config.listenHost()
                  + " cannot be listened on, another program may have it: set"
                  + " glance.registry.listen-port to a free one."));
    } else {
      failure.printStackTrace();
    }
  }

  private static boolean isAddressTaken(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof QuarkusBindException || cause instanceof BindException) {
        return true;
      }
    }
    return false;
  }

  private static void awaitQuietly(CountDownLatch serviceEnded) {
    try {
      var _ = serviceEnded.await(SERVICE_ENDS_WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void refuse(List<String> problems) {
    say(problems);
    System.exit(1);
  }

  // Before the service starts there is no log yet: these go to the terminal as they are.
  @SuppressWarnings("SystemOut")
  private static void say(List<String> problems) {
    System.err.println("glance-registry does not start:");
    problems.forEach(problem -> System.err.println("  " + problem));
  }
}
