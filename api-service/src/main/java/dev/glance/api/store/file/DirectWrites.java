package dev.glance.api.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes past the page cache ({@code O_DIRECT}), of whole blocks from page-aligned memory. They are
 * less work, and one that fails says so itself.
 */
final class DirectWrites {
  /** The block size of ext4 and XFS. */
  static final int BLOCK_BYTES = 4 << 10;

  private DirectWrites() {}

  /** Opens a file that is there for writing. */
  static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.WRITE, option());
  }

  /**
   * The JDK's option {@code com.sun.nio.file.ExtendedOpenOption.DIRECT}, by name: a mention of its
   * package is a warning of javac that no annotation takes back.
   */
  private static OpenOption option() {
    try {
      return (OpenOption)
          Class.forName("com.sun.nio.file.ExtendedOpenOption").getField("DIRECT").get(null);
    } catch (ReflectiveOperationException e) {
      throw new UnsupportedOperationException("this Java has no direct writes", e);
    }
  }

  /**
   * Whether the file system of a file takes them; writes a block into it. A network file system
   * mostly does not, and needs the cache's parallel writes.
   */
  static boolean areTakenBy(Path probe) {
    try (FileChannel channel = open(probe)) {
      ByteBuffer block = ByteBuffer.allocateDirect(2 * BLOCK_BYTES).alignedSlice(BLOCK_BYTES);
      return channel.write(block.limit(BLOCK_BYTES)) == BLOCK_BYTES;
    } catch (IOException | UnsupportedOperationException _) {
      return false;
    }
  }

  /** Whether the disk can take the bytes from where they are, to this place of a file. */
  static boolean areAligned(ByteBuffer bytes, long at) {
    return at % BLOCK_BYTES == 0
        && bytes.isDirect()
        && bytes.alignmentOffset(bytes.position(), BLOCK_BYTES) == 0;
  }
}
