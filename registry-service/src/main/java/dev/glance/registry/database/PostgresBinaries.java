package dev.glance.registry.database;

import dev.glance.registry.StartupException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Properties;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's programs, unpacked from the class path. The archive holds {@code bin}, {@code lib}
 * and {@code share}, and runs from any folder.
 */
final class PostgresBinaries {
  private PostgresBinaries() {}

  /**
   * The folder with the programs, unpacked below {@code folder} when they are not there yet. What
   * was half unpacked is never used: it has another name until it is whole.
   *
   * @throws StartupException when there are none for this platform
   */
  static Path unpack(Path folder) throws IOException {
    Path programs = folder.resolve("server-" + version());
    if (Files.isDirectory(programs)) {
      return programs;
    }
    String archive = "postgres-" + platform() + ".txz";
    Path unpacking = folder.resolve("unpacking");
    deleteTree(unpacking);
    try (InputStream packed = open(archive)) {
      if (packed == null) {
        throw new StartupException(
            "This build holds no PostgreSQL for "
                + platform()
                + "; set glance.registry.database.url to a PostgreSQL server.");
      }
      unpack(packed, Files.createDirectories(unpacking));
    }
    forceTree(unpacking);
    Files.move(unpacking, programs);
    force(folder);
    return programs;
  }

  /** Brings a file, or the names in a folder, to the disk itself. */
  static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void forceTree(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        if (!Files.isSymbolicLink(path)) {
          force(path);
        }
      }
    }
  }

  /** Deletes a folder with all it holds; an absent one is fine. */
  static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** The platform in the words of the archive's file name: {@code linux-x86_64}. */
  static String platform() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String machine =
        switch (System.getProperty("os.arch", "")) {
          case "amd64" -> "x86_64";
          case "aarch64" -> "arm_64";
          case String other -> other;
        };
    return (system.startsWith("mac") ? "darwin" : system.replace(' ', '_')) + "-" + machine;
  }

  private static String version() {
    Properties properties = new Properties();
    try (InputStream in = open("embedded-postgres.properties")) {
      if (in == null) {
        throw new IllegalStateException("embedded-postgres.properties is not on the class path");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  private static @Nullable InputStream open(String resource) {
    return Thread.currentThread().getContextClassLoader().getResourceAsStream(resource);
  }

  private static void unpack(InputStream packed, Path folder) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZCompressorInputStream(packed))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path target = folder.resolve(entry.getName()).normalize();
        if (!target.startsWith(folder)) {
          throw new IOException("archive entry outside its folder: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(target);
          continue;
        }
        Files.createDirectories(target.resolveSibling("."));
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else {
          Files.copy(tar, target);
          boolean isProgram = (entry.getMode() & 0100) != 0;
          Files.setPosixFilePermissions(
              target, PosixFilePermissions.fromString(isProgram ? "rwxr-xr-x" : "rw-r--r--"));
        }
      }
    }
  }
}
