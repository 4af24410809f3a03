package dev.glance.registry.database;

import dev.glance.registry.StartupException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of the registry's own, for running without an external one: unpacked and
 * initialised on the first start, found again on every later one. It listens on the loopback
 * address only, with a generated password that its owner alone can read.
 *
 * <p>While the registry lives it starts the server again when that dies. A server which a killed
 * registry left running is taken over by the next. One registry at a time holds the folder.
 *
 * <p>In the folder: {@code server-<version>} (programs), {@code data}, {@code password}, {@code
 * port}, {@code postgres.log}, {@code lock}.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  /** The database, and the one account in it. */
  public static final String NAME = "glance";

  private static final Logger LOG = Logger.getLogger(EmbeddedPostgres.class);
  // Replaying the log after a crash is the slow case.
  private static final Duration READY_WITHIN = Duration.ofMinutes(2);
  private static final Duration ORDINARY_COMMAND = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(5);
  private static final Duration WATCH = Duration.ofMillis(250);
  private static final Duration RESTART_PAUSE = Duration.ofMillis(500);
  // A killed server's last children end once they look for it.
  private static final Duration ORPHANS_END_WITHIN = Duration.ofSeconds(15);
  // Above every kernel's pid_max.
  private static final int NOBODYS_PID = Integer.MAX_VALUE;
  private static final long LOG_KEPT_BYTES = 16L << 20;

  private final Path folder;
  private final Path data;
  private final Path programs;
  private final String password;
  private final Unprivileged unprivileged;
  private final FileChannel lock;

  private volatile int port;
  private volatile ProcessHandle server;
  private volatile boolean isStopping;

  private EmbeddedPostgres(
      Path folder, Path programs, String password, Unprivileged unprivileged, FileChannel lock)
      throws IOException {
    this.folder = folder;
    this.data = folder.resolve("data");
    this.programs = programs;
    this.password = password;
    this.unprivileged = unprivileged;
    this.lock = lock;
    this.port = rememberedPort();
    this.server = adopt().orElseGet(this::launchOrFail);
    watch();
  }

  /**
   * Starts the server, or takes over one that is running on this folder's data, and waits until it
   * accepts connections.
   *
   * @param folder is created when absent
   * @throws StartupException in one sentence, when it cannot be, or when the thread is interrupted;
   *     it leaves no server behind then
   */
  public static EmbeddedPostgres start(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    Unprivileged unprivileged = Unprivileged.find();
    createFolder(absolute, unprivileged);
    FileChannel lock = lock(absolute);
    try {
      Path programs = PostgresBinaries.unpack(absolute);
      unprivileged.own(programs);
      String password = password(absolute.resolve("password"));
      initialise(absolute, programs, unprivileged);
      return new EmbeddedPostgres(absolute, programs, password, unprivileged, lock);
    } catch (IOException e) {
      release(lock);
      throw new StartupException(
          "The embedded PostgreSQL cannot start in " + absolute + ": " + e.getMessage() + ".", e);
    } catch (RuntimeException e) {
      release(lock);
      throw e;
    }
  }

  /** Where JDBC finds the database; the same for as long as this object lives. */
  public String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + NAME;
  }

  /** The generated password of the account {@link #NAME}. */
  public String password() {
    return password;
  }

  /** The postmaster's process id; another one after a restart. */
  public long pid() {
    return server.pid();
  }

  /**
   * Stops the server the fast way: open transactions are rolled back, everything committed is on
   * disk. Repeating it does nothing.
   */
  @Override
  public void close() {
    // Set before the lock is asked for: a restart holds it and looks at this.
    isStopping = true;
    stopOnce();
  }

  private synchronized void stopOnce() {
    if (!lock.isOpen()) {
      return;
    }
    try {
      if (mayBeRunning(server)) {
        stopServer();
      }
    } catch (IOException e) {
      LOG.warnf("The embedded PostgreSQL did not stop cleanly: %s", e.getMessage());
    } finally {
      release(lock);
    }
  }

  private static void createFolder(Path folder, Unprivileged unprivileged) {
    try {
      Files.createDirectories(folder);
      Files.setPosixFilePermissions(
          folder,
          PosixFilePermissions.fromString(
              unprivileged.isAnotherAccount() ? "rwx--x--x" : "rwx------"));
    } catch (IOException e) {
      throw new StartupException(
          "The data folder "
              + folder
              + " cannot be written ("
              + e.getClass().getSimpleName()
              + "): make it writable, or set glance.registry.data-dir to another.",
          e);
    }
  }

  private static FileChannel lock(Path folder) {
    try {
      FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = null;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException _) {
        // Held by this very process; the same answer.
      }
      if (lock == null) {
        channel.close();
        throw new StartupException(
            "Another registry is running with the data folder " + folder.getParent() + ".");
      }
      return channel;
    } catch (IOException e) {
      throw new StartupException(
          "The data folder " + folder + " cannot be written: " + e.getMessage() + ".", e);
    }
  }

  private static void release(FileChannel lock) {
    try {
      lock.close();
    } catch (IOException e) {
      LOG.debugf("The lock file did not close: %s", e.getMessage());
    }
  }

  private static String password(Path file) throws IOException {
    if (Files.exists(file)) {
      String kept = Files.readString(file).strip();
      if (kept.isEmpty()) {
        throw new StartupException(
            file
                + " is empty, but holds the password of the embedded PostgreSQL: restore it from a"
                + " backup.");
      }
      return kept;
    }
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    writePrivately(file, password);
    return password;
  }

  private static void writePrivately(Path file, String text) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    Files.deleteIfExists(unfinished);
    createPrivately(unfinished);
    Files.writeString(unfinished, text + "\n");
    PostgresBinaries.force(unfinished);
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    PostgresBinaries.force(file.resolveSibling("."));
  }

  private static void createPrivately(Path file) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Makes the data folder under another name first, so that half a one is never taken for one. */
  private static void initialise(Path folder, Path programs, Unprivileged unprivileged)
      throws IOException {
    Path data = folder.resolve("data");
    if (Files.exists(data)) {
      requireSameMajor(data, programs);
      unprivileged.own(data);
      return;
    }
    Path unfinished = folder.resolve("initialising");
    PostgresBinaries.deleteTree(unfinished);
    Files.createDirectory(unfinished);
    Path ready = Files.createDirectory(unfinished.resolve("data"));
    // A copy, because initdb may run as another user, who could not open the 0600 file.
    Path readable = unfinished.resolve("password");
    writePrivately(readable, Files.readString(folder.resolve("password")).strip());
    unprivileged.own(unfinished);
    run(
        folder,
        unprivileged.command(
            List.of(
                programs.resolve("bin/initdb").toString(),
                "--pgdata=" + ready,
                "--username=" + NAME,
                "--auth=scram-sha-256",
                "--pwfile=" + readable,
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--set=max_wal_senders=0",
                "--set=wal_level=minimal")),
        "");
    run(
        folder,
        unprivileged.command(
            List.of(
                programs.resolve("bin/postgres").toString(),
                "--single",
                "-D",
                ready.toString(),
                "postgres")),
        "CREATE DATABASE " + NAME + "\n");
    Files.move(ready, data, StandardCopyOption.ATOMIC_MOVE);
    PostgresBinaries.deleteTree(unfinished);
  }

  private static void requireSameMajor(Path data, Path programs) throws IOException {
    String found = Files.readString(data.resolve("PG_VERSION")).strip();
    String ours = programs.getFileName().toString();
    if (!ours.startsWith("server-" + found + ".")) {
      throw new StartupException(
          data
              + " was written by PostgreSQL "
              + found
              + ", which this build's "
              + ours
              + " cannot read: dump it with the old build and load it with this one.");
    }
  }

  private static void run(Path folder, List<String> command, String input) throws IOException {
    Process process = builder(folder, command).redirectErrorStream(true).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.debugf("%s did not read its input: %s", command, e.getMessage());
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!await(process) || process.exitValue() != 0) {
      throw new StartupException(
          "The embedded PostgreSQL's "
              + command.stream()
                  .filter(word -> word.contains("/bin/"))
                  .map(word -> word.substring(word.lastIndexOf('/') + 1))
                  .findFirst()
                  .orElse("program")
              + " failed in "
              + folder
              + ": "
              + lastLine(output));
    }
  }

  private static String lastLine(String output) {
    List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty()
        ? "it said nothing; its programs may not fit this platform."
        : lines.getLast();
  }

  private static boolean await(Process process) {
    try {
      return process.waitFor(ORDINARY_COMMAND.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** PostgreSQL gets none of the registry's environment: that may hold secrets. */
  private static ProcessBuilder builder(Path folder, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    String path = builder.environment().getOrDefault("PATH", "/usr/bin:/bin");
    builder.environment().clear();
    builder.environment().put("PATH", path);
    builder.environment().put("LC_ALL", "C");
    return builder;
  }

  private int rememberedPort() throws IOException {
    Path file = folder.resolve("port");
    Optional<Integer> remembered = lines(file).stream().findFirst().flatMap(EmbeddedPostgres::port);
    if (remembered.isPresent() && (runningServer().isPresent() || isFree(remembered.get()))) {
      return remembered.get();
    }
    return newPort();
  }

  private static Optional<Integer> port(String text) {
    try {
      return Optional.of(Integer.valueOf(text.strip())).filter(port -> port > 0 && port < 65536);
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  private int newPort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      writePrivately(folder.resolve("port"), Integer.toString(any.getLocalPort()));
      return any.getLocalPort();
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /** The server that a killed registry left behind, if it is whole; else it is stopped. */
  private Optional<ProcessHandle> adopt() throws IOException {
    Optional<ProcessHandle> running = runningServer();
    if (running.isEmpty()) {
      return running;
    }
    ProcessHandle found = running.get();
    PidFile pidFile = pidFile();
    boolean isOurs =
        pidFile != null
            && pidFile.isReady()
            && pidFile.port() == port
            && commandLine(found).contains(programs.resolve("bin/postgres").toString())
            && accepts(port);
    if (isOurs) {
      LOG.infof("Took over the embedded PostgreSQL that was left running: pid=%d", found.pid());
      return running;
    }
    LOG.infof("Stopping the embedded PostgreSQL that was left running: pid=%d", found.pid());
    stopServer();
    return Optional.empty();
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /**
   * The process that holds our data folder: the pid file's, unless that pid is another's by now.
   */
  private Optional<ProcessHandle> runningServer() throws IOException {
    PidFile pidFile = pidFile();
    if (pidFile == null) {
      return Optional.empty();
    }
    Optional<ProcessHandle> process = ProcessHandle.of(pidFile.pid());
    return process.isPresent() && isRunning(process.get()) ? process : Optional.empty();
  }

  private boolean isRunning(ProcessHandle process) throws IOException {
    // A zombie has no command line any more.
    return commandLine(process).contains(data.toString());
  }

  /** As {@link #isRunning}, but a live process that cannot be looked at counts as running. */
  private boolean mayBeRunning(ProcessHandle process) {
    try {
      return isRunning(process);
    } catch (IOException _) {
      return true;
    }
  }

  /** Empty for a process that has ended, and for another user's. */
  private static String commandLine(ProcessHandle process) throws IOException {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"))
          .replace('\0', ' ');
    } catch (NoSuchFileException | AccessDeniedException _) {
      return process.info().commandLine().orElse("");
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      }
      return "";
    }
  }

  /**
   * Puts a pid that cannot exist into a dead server's pid file. PostgreSQL only asks whether there
   * is a process of that pid, and so would refuse to start for ever where the killed server stays a
   * zombie or its pid is another's by now. The rest of the file stays: by the shared memory named
   * there PostgreSQL refuses to start beside the last children of the dead server.
   */
  private void disownPidFile() throws IOException {
    Path file = data.resolve("postmaster.pid");
    List<String> lines = lines(file);
    if (lines.isEmpty()) {
      // Absent, or made by a server that was killed before it could write: PostgreSQL refuses
      // to start beside an empty one.
      Files.deleteIfExists(file);
      return;
    }
    if (runningServer().isPresent() || lines.getFirst().equals(Integer.toString(NOBODYS_PID))) {
      return;
    }
    List<String> disowned = new ArrayList<>(lines);
    disowned.set(0, Integer.toString(NOBODYS_PID));
    writePrivately(file, String.join("\n", disowned));
    unprivileged.own(file);
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  private record PidFile(long pid, int port, boolean isReady) {}

  private @Nullable PidFile pidFile() throws IOException {
    List<String> lines = lines(data.resolve("postmaster.pid"));
    try {
      // Lines (miscadmin.h): pid, data folder, start time, port, socket folder, listen address,
      // shared memory key, status.
      return lines.size() < 4
          ? null
          : new PidFile(
              Long.parseLong(lines.get(0).strip()),
              Integer.parseInt(lines.get(3).strip()),
              lines.size() > 7 && lines.get(7).strip().equals("ready"));
    } catch (NumberFormatException _) {
      return null;
    }
  }

  private ProcessHandle launchOrFail() {
    long deadline = System.nanoTime() + ORPHANS_END_WITHIN.toNanos();
    try {
      while (true) {
        try {
          return launch();
        } catch (IOException e) {
          // A server that refuses for its own reasons takes its pid file away with it; one that
          // refuses because of another's leaves that.
          if (!Files.exists(data.resolve("postmaster.pid"))
              || Thread.currentThread().isInterrupted()
              || System.nanoTime() > deadline) {
            throw e;
          }
          pause(RESTART_PAUSE);
        }
      }
    } catch (IOException e) {
      throw new StartupException(
          "The embedded PostgreSQL does not start: "
              + e.getMessage()
              + ". Its own words are in "
              + folder.resolve("postgres.log")
              + ".",
          e);
    }
  }

  private ProcessHandle launch() throws IOException {
    Path log = folder.resolve("postgres.log");
    if (Files.exists(log) && Files.size(log) > LOG_KEPT_BYTES) {
      Files.move(log, folder.resolve("postgres.log.1"), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!Files.exists(log)) {
      createPrivately(log);
    }
    disownPidFile();
    Process process =
        builder(folder, unprivileged.command(serverCommand()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    try {
      awaitReady(process);
      return process.toHandle();
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private void awaitReady(Process process) throws IOException {
    process.getOutputStream().close();
    long deadline = System.nanoTime() + READY_WITHIN.toNanos();
    while (System.nanoTime() < deadline) {
      PidFile pidFile = pidFile();
      if (pidFile != null && pidFile.pid() == process.pid() && pidFile.isReady()) {
        return;
      }
      if (!process.isAlive()) {
        throw new IOException("it ended with exit code " + process.exitValue());
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new IOException("the registry was told to stop");
      }
      pause(POLL);
    }
    throw new IOException("it was not ready within " + READY_WITHIN.toSeconds() + " seconds");
  }

  private List<String> serverCommand() {
    List<String> command = new ArrayList<>();
    command.add(programs.resolve("bin/postgres").toString());
    command.addAll(List.of("-D", data.toString(), "-p", Integer.toString(port)));
    for (String setting :
        List.of(
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "timezone=UTC",
            "log_timezone=UTC",
            "log_line_prefix=%m [%p] ",
            "max_connections=50",
            // Taken as it is used: a small installation stays small.
            "shared_buffers=128MB",
            // Few gigabytes of metadata at the most: a small log keeps the data folder small.
            "max_wal_size=256MB",
            // Readahead workers help large scans; ours are index look-ups.
            "io_method=sync",
            // Our statements are short: compiling them costs more than it saves.
            "jit=off")) {
      command.addAll(List.of("-c", setting));
    }
    return command;
  }

  private void watch() {
    ProcessHandle watched = server;
    Thread.ofVirtual()
        .name("embedded-postgres-watch")
        .start(
            () -> {
              // Looked at, not waited for: one that was taken over is nobody's child, and where
              // nobody reaps orphans it never ends for ProcessHandle.onExit.
              while (!isStopping && mayBeRunning(watched)) {
                pause(WATCH);
              }
              restart(watched);
            });
  }

  private synchronized void restart(ProcessHandle ended) {
    if (!isStopping) {
      LOG.errorf("The embedded PostgreSQL ended and is started again: pid=%d", ended.pid());
    }
    while (!isStopping) {
      try {
        // Its own, that only seemed to have ended, is not fought.
        Optional<ProcessHandle> adopted = adopt();
        server = adopted.isPresent() ? adopted.get() : launch();
        watch();
        return;
      } catch (IOException | StartupException e) {
        // Its last children still hold the shared memory for a moment after a SIGKILL.
        LOG.warnf("The embedded PostgreSQL does not start yet: %s", e.getMessage());
        pause(RESTART_PAUSE);
      }
    }
  }

  private void stopServer() throws IOException {
    run(
        folder,
        unprivileged.command(
            List.of(
                programs.resolve("bin/pg_ctl").toString(),
                "stop",
                "--pgdata=" + data,
                "--mode=fast",
                "--wait",
                "--timeout=60")),
        "");
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
