package dev.glance.api.store;

import java.io.InputStream;
import java.nio.file.Path;

/** What a read answers with. One pattern switch in the data resource sends either shape. */
public sealed interface ImageBytes {
  /** How many bytes there are to send. */
  long length();

  /** Bytes to be copied; whoever takes it closes the stream. */
  record Stream(InputStream in, long length) implements ImageBytes {}

  /** A stretch of a local file, which the kernel sends. */
  record LocalFile(Path path, long offset, long length) implements ImageBytes {}
}
