package dev.glance.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Both services with a data folder of their own. As an extension of a test class it prints the logs
 * when a test fails; closing it leaves neither processes nor files behind.
 */
final class Installation implements AfterEachCallback, AutoCloseable {
  static final String TOKEN = "the-shared-token";

  private final Path folder;
  private final ServiceProcess registry;
  private final ServiceProcess api;

  Installation() {
    try {
      folder = Files.createTempDirectory("glance-it-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    registry =
        new ServiceProcess("registry", folder)
            .set("glance.registry.data-dir", folder.resolve("data").toString())
            .set("glance.registry.token", TOKEN);
    api = apiIn(folder);
  }

  private ServiceProcess apiIn(Path workingFolder) {
    return new ServiceProcess("api", workingFolder)
        .set("glance.api.data-dir", folder.resolve("data").toString())
        .set("glance.api.registry.url", registry.url().toString())
        .set("glance.api.registry.token", TOKEN);
  }

  ServiceProcess registry() {
    return registry;
  }

  ServiceProcess api() {
    return api;
  }

  /** Another glance-api on the same registry and files, not started; the caller ends it. */
  ServiceProcess anotherApi() {
    return apiIn(folder.resolve("another"));
  }

  Images images() {
    return new Images(api.url());
  }

  /** Starts whichever is not running, and waits until both are ready. */
  void start() {
    if (!registry.isRunning()) {
      registry.start();
    }
    if (!api.isRunning()) {
      api.start();
    }
    registry.awaitReady();
    api.awaitReady();
  }

  /** Where both services keep everything; there once they have started. */
  Path data() {
    return folder.resolve("data");
  }

  /** The embedded server's process; empty when it does not live, or has ended in good order. */
  Optional<ProcessHandle> postgres() {
    try {
      List<String> lines = Files.readAllLines(folder.resolve("data/postgres/data/postmaster.pid"));
      return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
          .filter(ProcessHandle::isAlive);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The files of the built-in store, finished or not. */
  List<Path> imageFiles() {
    try (Stream<Path> files = Files.walk(data().resolve("images"))) {
      return files.filter(Files::isRegularFile).toList();
    } catch (IOException | UncheckedIOException _) {
      // A file went away between being seen and being looked at.
      return imageFiles();
    }
  }

  void awaitImageFiles(int count, Duration limit) {
    Await.until(
        limit, count + " image files, not " + imageFiles(), () -> imageFiles().size() == count);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      System.err.printf(
          "--- glance-registry in %s%n%s%n--- glance-api%n%s%n",
          context.getDisplayName(), registry.log(), api.log());
    }
  }

  @Override
  public void close() throws IOException {
    api.end();
    registry.end();
    postgres().ifPresent(ProcessHandle::destroy);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
