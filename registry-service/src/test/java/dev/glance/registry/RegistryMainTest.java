package dev.glance.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryMainTest {
  @TempDir Path data;

  @Test
  void toldToStopInItsFirstStartItLeavesNoPostgres() throws Exception {
    // Unpacking, initialising, and whatever comes half a second and a second after that.
    stopOnceThereIs("postgres/lock");
    stopOnceThereIs("postgres/initialising");
    stopOnceThereIs("postgres/data");
    stopOnceThereIs("postgres/data/postmaster.pid");
  }

  private void stopOnceThereIs(String name) throws Exception {
    Process registry =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dglance.registry.data-dir=" + data,
                "-Dglance.registry.token=" + RegistryTest.TOKEN,
                "-Dglance.registry.listen-port=0",
                "-cp",
                System.getProperty("java.class.path"),
                RegistryMain.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    while (registry.isAlive() && !Files.exists(data.resolve(name))) {
      Thread.sleep(5);
    }
    assertThat(registry.isAlive()).as(name).isTrue();
    registry.destroy();

    assertThat(registry.waitFor(30, TimeUnit.SECONDS)).as(name).isTrue();
    assertThat(runningInDataFolder()).as(name).isEmpty();
  }

  private String runningInDataFolder() throws IOException {
    StringBuilder found = new StringBuilder();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String line = Files.readString(process.resolve("cmdline"));
          if (line.contains(data.toString())) {
            found.append(line.replace('\0', ' ')).append('\n');
          }
        } catch (IOException _) {
          // It has ended meanwhile.
        }
      }
    }
    return found.toString();
  }
}
