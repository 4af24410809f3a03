package dev.glance.api.auth.basic;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that one process at a time may hold locked; the system lets go of it when one dies. */
final class WriteLock implements AutoCloseable {
  private final FileChannel channel;

  /** Waits until nobody else holds it. */
  WriteLock(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    var _ = channel.lock();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
