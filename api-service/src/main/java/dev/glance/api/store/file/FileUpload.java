package dev.glance.api.store.file;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Writes a part file past the page cache where it can, and publishes it: fsync the file, {@code
 * link} it to the final name (which fails where that name is taken, as a rename would not), unlink
 * the part, fsync both folders.
 *
 * <p>Runs of zeros of {@link #HOLE_BYTES} and more become holes, so a sparse image stays sparse.
 */
final class FileUpload implements Upload {
  /**
   * The shortest run of zeros worth a hole: below it the extra extents cost more than they save.
   */
  static final int HOLE_BYTES = 64 << 10;

  /** Only whole blocks can be holes. */
  private static final int BLOCK_BYTES = DirectWrites.BLOCK_BYTES;

  /**
   * How much is written between two looks at the free space. With 32 uploads at once the reserve
   * can be overrun by 32 times this, which its default of 512 MiB covers.
   */
  private static final int CHECK_EVERY_BYTES = 16 << 20;

  /** For the service and its group alone: image bytes may be secret. */
  private static final FileAttribute<?> FILE_PERMISSIONS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(BLOCK_BYTES).asReadOnlyBuffer();

  private final Directory directory;
  private final Path part;
  private final Path published;
  private final FileChannel channel;
  private final @Nullable FileChannel direct;
  private final WriteBehind behind;
  private final Optional<Set<PosixFilePermission>> permissions;
  private long written;
  private long uncheckedBytes;
  private boolean endsInHole;
  private boolean isLinked;
  private boolean isCommitted;

  /**
   * Makes the part file.
   *
   * @param isDirect whether its file system takes direct writes of whole blocks
   * @param permissions of the published file, where they are not to be {@code rw-r-----}
   * @param flushing threads for flushes, one at a time
   */
  FileUpload(
      Directory directory,
      Path part,
      Path published,
      boolean isDirect,
      Optional<Set<PosixFilePermission>> permissions,
      ExecutorService flushing)
      throws IOException {
    this.directory = directory;
    this.permissions = permissions;
    this.part = part;
    this.published = published;
    this.channel =
        FileChannel.open(
            part,
            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
            FILE_PERMISSIONS);
    this.direct = isDirect ? openDirect() : null;
    this.behind = new WriteBehind(flushing, () -> channel.force(false));
  }

  private FileChannel openDirect() throws IOException {
    try {
      return DirectWrites.open(part);
    } catch (IOException | RuntimeException e) {
      try (channel) {
        Files.deleteIfExists(part);
      }
      throw e;
    }
  }

  @Override
  public void write(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        int zeros = zerosAhead(bytes);
        if (zeros >= HOLE_BYTES) {
          bytes.position(bytes.position() + zeros);
          written += zeros;
          endsInHole = true;
        } else {
          writeData(bytes, dataAhead(bytes, zeros));
        }
      }
    } catch (IOException e) {
      throw directory.translate("writing", e);
    }
  }

  private void writeData(ByteBuffer bytes, int length) throws IOException {
    uncheckedBytes += length;
    if (uncheckedBytes >= CHECK_EVERY_BYTES) {
      directory.requireRoom(uncheckedBytes);
      uncheckedBytes = 0;
    }
    int wholeBlocks = 0;
    // After a client whose pauses cut a chunk short, the rest goes through the page cache.
    if (direct != null && DirectWrites.areAligned(bytes, written)) {
      wholeBlocks = length - length % BLOCK_BYTES;
      writeAll(direct, bytes, wholeBlocks);
    }
    writeAll(channel, bytes, length - wholeBlocks);
    behind.wrote(length - wholeBlocks);
    endsInHole = false;
  }

  private void writeAll(FileChannel to, ByteBuffer bytes, int length) throws IOException {
    int end = bytes.limit();
    bytes.limit(bytes.position() + length);
    while (bytes.hasRemaining()) {
      written += to.write(bytes, written);
    }
    bytes.limit(end);
  }

  /** How many bytes from here on, in whole blocks of the file, are zero. */
  private int zerosAhead(ByteBuffer bytes) {
    int start = bytes.position();
    if (written % BLOCK_BYTES != 0) {
      return 0;
    }
    int at = start;
    while (at + BLOCK_BYTES <= bytes.limit() && isZeroBlock(bytes, at)) {
      at += BLOCK_BYTES;
    }
    return at - start;
  }

  /** How many bytes to write before the next hole may begin; the first {@code known} are data. */
  private int dataAhead(ByteBuffer bytes, int known) {
    int start = bytes.position();
    int toBlock = (int) (-(written + known) & (BLOCK_BYTES - 1));
    int at = start + known + (toBlock == 0 ? BLOCK_BYTES : toBlock);
    int zeros = 0;
    while (at + BLOCK_BYTES <= bytes.limit()) {
      zeros = isZeroBlock(bytes, at) ? zeros + BLOCK_BYTES : 0;
      at += BLOCK_BYTES;
      if (zeros == HOLE_BYTES) {
        return at - HOLE_BYTES - start;
      }
    }
    return bytes.remaining();
  }

  private static boolean isZeroBlock(ByteBuffer bytes, int at) {
    // The first word settles it for nearly all data; mismatch() compares the rest in vectors.
    return bytes.getLong(at) == 0 && bytes.slice(at, BLOCK_BYTES).mismatch(ZEROS.duplicate()) == -1;
  }

  @Override
  public long written() {
    return written;
  }

  @Override
  public StoreLocation commit() {
    try {
      if (endsInHole) {
        // A hole does not lengthen a file: its last byte is written out.
        channel.write(ByteBuffer.allocate(1), written - 1);
      }
      behind.await();
      if (permissions.isPresent()) {
        // The process's umask has no say in them.
        Files.setPosixFilePermissions(part, permissions.get());
      }
      channel.force(true);
      closeChannels();
      link();
      if (!Files.deleteIfExists(part)) {
        throw new NoSuchFileException(part.toString());
      }
      directory.syncFolders();
    } catch (NoSuchFileException e) {
      throw new StoreException.Cancelled("the upload was discarded by another", e);
    } catch (IOException e) {
      throw directory.translate("publishing", e);
    }
    isCommitted = true;
    return new StoreLocation(published.toUri());
  }

  /** A network file system may link, lose the answer, ask again and find the name taken, by us. */
  private void link() throws IOException {
    try {
      Files.createLink(published, part);
    } catch (FileAlreadyExistsException e) {
      if (!Directory.inode(part).equals(Directory.inode(published))) {
        throw e;
      }
    }
    isLinked = true;
  }

  @Override
  public void close() {
    try {
      closeChannels();
      if (isCommitted) {
        return;
      }
      boolean isLeft = Files.deleteIfExists(part);
      if (isLinked) {
        isLeft |= Files.deleteIfExists(published);
      }
      if (isLeft) {
        directory.syncFolders();
      }
    } catch (IOException e) {
      throw directory.translate("discarding", e);
    }
  }

  private void closeChannels() throws IOException {
    try (channel) {
      if (direct != null) {
        direct.close();
      }
    }
  }
}
