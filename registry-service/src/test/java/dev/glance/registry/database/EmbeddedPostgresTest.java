package dev.glance.registry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.registry.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real server; the cases share one folder, as initialising it is slow. */
class EmbeddedPostgresTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path temp;

  @Test
  void firstStartMakesAPrivateServer() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
      assertThat(answers(postgres)).isTrue();
      assertThat(setting(postgres, "server_version")).startsWith("18");
      assertThat(setting(postgres, "listen_addresses")).isEqualTo("127.0.0.1");
      assertThat(setting(postgres, "unix_socket_directories")).isEmpty();
      assertThat(permissions("password")).isEqualTo("rw-------");
      assertThat(permissions("data")).isEqualTo("rwx------");
      assertThat(permissions("postgres.log")).isEqualTo("rw-------");
      assertThat(environment(postgres.pid())).contains("LC_ALL").doesNotContain("HOME=");
      assertThatThrownBy(
              () ->
                  DriverManager.getConnection(
                          postgres.jdbcUrl(), EmbeddedPostgres.NAME, "another password")
                      .close())
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("password authentication failed");
    }
  }

  @Test
  void dataOutlivesAStop() throws Exception {
    EmbeddedPostgres first = EmbeddedPostgres.start(folder());
    execute(first, "CREATE TABLE kept (x int)");
    String url = first.jdbcUrl();
    first.close();
    first.close();
    assertThat(ProcessHandle.of(first.pid())).isEmpty();
    assertThat(folder().resolve("data/postmaster.pid")).doesNotExist();

    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
      assertThat(postgres.jdbcUrl()).isEqualTo(url);
      execute(postgres, "INSERT INTO kept VALUES (1)");
    }
  }

  @Test
  void serverLeftRunningIsTakenOver() throws Exception {
    Process registry = registryProcess();
    long left = Long.parseLong(registry.inputReader().readLine());
    registry.destroyForcibly().waitFor();
    assertThat(ProcessHandle.of(left)).isPresent();

    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
      assertThat(postgres.pid()).isEqualTo(left);
      assertThat(answers(postgres)).isTrue();
    }
    // Not asked of its process handle: where nobody reaps orphans, it stays as a zombie.
    assertThat(folder().resolve("data/postmaster.pid")).doesNotExist();
  }

  @Test
  void serverTakenOverIsWatchedToo() throws Exception {
    Process registry = registryProcess();
    long left = Long.parseLong(registry.inputReader().readLine());
    registry.destroyForcibly().waitFor();

    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
      ProcessHandle.of(left).orElseThrow().destroyForcibly();

      awaitAnotherThan(left, postgres);
      assertThat(answers(postgres)).isTrue();
    }
  }

  @Test
  void stalePidFileOfAnotherProcessIsNotTakenForOurs() throws Exception {
    long pid;
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
      pid = postgres.pid();
    }
    List<String> lines =
        List.of(Long.toString(ProcessHandle.current().pid()), "x", "0", "1", "", "", "", "ready");
    Files.write(folder().resolve("data/postmaster.pid"), lines);

    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
      assertThat(postgres.pid()).isNotEqualTo(pid).isNotEqualTo(ProcessHandle.current().pid());
      assertThat(answers(postgres)).isTrue();
    }
  }

  @Test
  void pidFileOfAZombieIsDisowned() throws Exception {
    // The shell becomes a program that never asks after its child, as some containers' pid 1.
    Process parent = new ProcessBuilder("sh", "-c", "true & echo $!; exec sleep 60").start();
    try {
      leavePidFileOf(Long.parseLong(parent.inputReader().readLine()));

      try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
        assertThat(answers(postgres)).isTrue();
      }
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }

  @Test
  void pidFileOfAnyLiveProcessIsDisowned() throws Exception {
    Process another = new ProcessBuilder("sleep", "60").start();
    try {
      leavePidFileOf(another.pid());

      try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
        assertThat(answers(postgres)).isTrue();
      }
      assertThat(another.isAlive()).isTrue();
    } finally {
      another.destroyForcibly().waitFor();
    }
  }

  @Test
  void childrenOfADeadServerAreWaitedFor() throws Exception {
    EmbeddedPostgres first = EmbeddedPostgres.start(folder());
    // Stopped, it cannot notice that its parent has gone.
    ProcessHandle child =
        ProcessHandle.of(first.pid()).orElseThrow().children().findFirst().orElseThrow();
    signal("STOP", child.pid());
    long killed = first.pid();
    ProcessHandle.of(killed).orElseThrow().destroyForcibly();
    try {
      // Far longer than a start takes; it asks every half second.
      Thread.sleep(2000);
      assertThat(first.pid()).isEqualTo(killed);
    } finally {
      signal("CONT", child.pid());
    }
    awaitAnotherThan(killed, first);
    assertThat(answers(first)).isTrue();
    first.close();
  }

  @Test
  void emptyPortFileIsAnAbsentOne() throws Exception {
    EmbeddedPostgres.start(folder()).close();
    Files.writeString(folder().resolve("port"), "");

    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
      assertThat(answers(postgres)).isTrue();
    }
  }

  @Test
  void emptyPasswordFileIsNamed() throws Exception {
    EmbeddedPostgres.start(folder()).close();
    Path file = folder().resolve("password");
    String password = Files.readString(file);
    Files.writeString(file, "");
    try {
      assertThatThrownBy(() -> EmbeddedPostgres.start(folder()))
          .isInstanceOf(StartupException.class)
          .hasMessageStartingWith(file + " is empty");
    } finally {
      Files.writeString(file, password);
    }
  }

  @Test
  void killedServerIsStartedAgainAtTheSamePlace() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder())) {
      long killed = postgres.pid();
      ProcessHandle.of(killed).orElseThrow().destroyForcibly();

      awaitAnotherThan(killed, postgres);
      assertThat(answers(postgres)).isTrue();
    }
  }

  @Test
  void secondRegistryOnTheSameFolderIsRefused() throws Exception {
    Process registry = registryProcess();
    registry.inputReader().readLine();
    try {
      assertThatThrownBy(() -> EmbeddedPostgres.start(folder()))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("Another registry is running");
    } finally {
      registry.outputWriter().close();
      assertThat(registry.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void folderThatCannotBeMadeIsNamed() throws Exception {
    Files.createFile(temp.resolve("file"));

    assertThatThrownBy(() -> EmbeddedPostgres.start(temp.resolve("file/postgres")))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining(temp.resolve("file/postgres").toString())
        .hasMessageContaining("glance.registry.data-dir");
  }

  @Test
  void dataOfAnotherMajorVersionIsRefused() throws Exception {
    EmbeddedPostgres.start(folder()).close();
    Path version = folder().resolve("data/PG_VERSION");
    Files.writeString(version, "17\n");
    try {
      assertThatThrownBy(() -> EmbeddedPostgres.start(folder()))
          .isInstanceOf(StartupException.class)
          .hasMessageContaining("written by PostgreSQL 17");
    } finally {
      Files.writeString(version, "18\n");
    }
  }

  /** A process that holds the server until its standard input ends, and says the server's pid. */
  public static final class Holder {
    private Holder() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws IOException {
      try (EmbeddedPostgres postgres = EmbeddedPostgres.start(Path.of(args[0]))) {
        System.out.println(postgres.pid());
        while (System.in.read() >= 0) {}
      }
    }
  }

  private Process registryProcess() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName(),
            folder().toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The pid file of a running server, as if that had been killed and its pid were this one. */
  private void leavePidFileOf(long pid) throws IOException {
    Path file = folder().resolve("data/postmaster.pid");
    List<String> lines;
    try (EmbeddedPostgres _ = EmbeddedPostgres.start(folder())) {
      lines = new ArrayList<>(Files.readAllLines(file));
    }
    lines.set(0, Long.toString(pid));
    Files.write(file, lines);
  }

  private static void signal(String name, long pid) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
  }

  private static void awaitAnotherThan(long pid, EmbeddedPostgres postgres)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (postgres.pid() == pid && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    assertThat(postgres.pid()).isNotEqualTo(pid);
  }

  private Path folder() {
    return temp.resolve("postgres");
  }

  private String permissions(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder().resolve(name)));
  }

  private static String environment(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/environ"));
  }

  private static boolean answers(EmbeddedPostgres postgres) throws SQLException {
    return setting(postgres, "port").length() > 0;
  }

  private static String setting(EmbeddedPostgres postgres, String name) throws SQLException {
    try (Connection connection = connect(postgres);
        ResultSet rows = connection.createStatement().executeQuery("SHOW " + name)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres)) {
      connection.createStatement().execute(sql);
    }
  }

  private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
    return DriverManager.getConnection(
        postgres.jdbcUrl(), EmbeddedPostgres.NAME, postgres.password());
  }
}
