package dev.glance.registry.database;

import dev.glance.registry.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How to run a program without root's privileges. PostgreSQL refuses to run as root, so for root
 * every command is put into a user namespace where the caller is nobody while the files stay root's
 * own; where the kernel or a container forbids that, into the account {@code nobody} itself, which
 * then has to own the database's files.
 */
final class Unprivileged {
  // The kernel's overflow ids: nobody and nogroup on every distribution that matters.
  private static final int NOBODY = 65534;

  private static final boolean HAS_SETSID = succeeds(List.of("setsid", "true"));

  private enum Way {
    AS_IS,
    USER_NAMESPACE,
    NOBODY_ACCOUNT
  }

  private final Way way;

  private Unprivileged(Way way) {
    this.way = way;
  }

  /**
   * Finds what works here.
   *
   * @throws StartupException when this is root and neither way is open
   */
  static Unprivileged find() {
    if (!isRoot()) {
      return new Unprivileged(Way.AS_IS);
    }
    for (Way way : List.of(Way.USER_NAMESPACE, Way.NOBODY_ACCOUNT)) {
      Unprivileged candidate = new Unprivileged(way);
      if (succeeds(candidate.command(List.of("true")))) {
        return candidate;
      }
    }
    throw new StartupException(
        "PostgreSQL does not run as root, and neither unshare nor setpriv (package util-linux)"
            + " works here: start the registry as another user, or set"
            + " glance.registry.database.url.");
  }

  /** The command line that runs {@code command} without privileges, in a session of its own. */
  List<String> command(List<String> command) {
    List<String> line = new ArrayList<>();
    if (HAS_SETSID) {
      // Ctrl-C goes to the whole process group of the terminal: PostgreSQL must outlive the
      // registry's own orderly stop.
      line.add("setsid");
    }
    switch (way) {
      case AS_IS -> {}
      case USER_NAMESPACE -> line.addAll(List.of("unshare", "--user"));
      case NOBODY_ACCOUNT ->
          line.addAll(
              List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
    }
    line.addAll(command);
    return line;
  }

  /** Whether the command runs as another user, who has to get through our folders. */
  boolean isAnotherAccount() {
    return way == Way.NOBODY_ACCOUNT;
  }

  /** Makes the files below {@code folder} the property of the one who will use them. */
  void own(Path folder) throws IOException {
    if (!isRoot()) {
      return;
    }
    int owner = way == Way.NOBODY_ACCOUNT ? NOBODY : 0;
    if (Files.getAttribute(folder, "unix:uid").equals(owner)) {
      return;
    }
    try (var files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.setAttribute(file, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException | UnsupportedOperationException _) {
      return false;
    }
  }

  private static boolean succeeds(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
