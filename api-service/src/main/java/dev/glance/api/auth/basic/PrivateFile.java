package dev.glance.api.auth.basic;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Replaces files of secrets in one step, so that readers see the old or the new content whole. */
final class PrivateFile {
  private PrivateFile() {}

  /** The new file is its owner's alone (0600); the owner stays whose it was. */
  static void replace(Path file, List<String> lines) throws IOException {
    // A link stays a link.
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    Path fresh =
        Files.createTempFile(
            target.getParent(),
            "." + target.getFileName(),
            ".new",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.write(fresh, lines);
      if (Files.exists(target)) {
        var old = Files.readAttributes(target, PosixFileAttributes.class);
        var now = Files.readAttributes(fresh, PosixFileAttributes.class);
        // Else root, who maintains the users, would lock the service out.
        if (!old.owner().equals(now.owner())) {
          Files.setOwner(fresh, old.owner());
        }
      }
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }
}
