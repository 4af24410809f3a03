package dev.glance.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What the kernel says of a thread's slice, where it knows slices. */
class TimeSliceTest {
  private static final Path SCHED = Path.of("/proc/thread-self/sched");

  @Test
  void holdsForTheThreadAndThoseThatItBegins() {
    assumeTrue(Files.isReadable(SCHED) && isLinux(6, 12));

    String[] slices =
        onThread(
            () -> {
              TimeSlice.ofThisThread(Duration.ofMillis(7));
              return new String[] {slice(), onThread(TimeSliceTest::slice)};
            });

    assertThat(slices).containsExactly("7000000", "7000000");
  }

  @Test
  void leavesNicenessAlone() {
    assumeTrue(Files.isReadable(SCHED));

    String[] priorities =
        onThread(
            () -> {
              String before = line("prio");
              TimeSlice.ofThisThread(TimeSlice.SHORT);
              return new String[] {before, line("prio")};
            });

    assertThat(priorities[1]).isEqualTo(priorities[0]);
  }

  private static boolean isLinux(int major, int minor) {
    String[] version = System.getProperty("os.version").split("[.-]", -1);
    int actualMajor = Integer.parseInt(version[0]);
    return actualMajor > major || (actualMajor == major && Integer.parseInt(version[1]) >= minor);
  }

  private interface Task<T> {
    T run() throws IOException;
  }

  /** The tests' own thread stays as it is. */
  private static <T> T onThread(Task<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                result.complete(task.run());
              } catch (IOException | RuntimeException | Error e) {
                result.completeExceptionally(e);
              }
            });
    return result.join();
  }

  private static String slice() throws IOException {
    return line("se.slice");
  }

  private static String line(String name) throws IOException {
    return Files.readAllLines(SCHED).stream()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElseThrow();
  }
}
