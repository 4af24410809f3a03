package dev.glance.api.store.file;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each image as a file {@code <directory>/<object name>}, upstream's layout, located as
 * {@code file:///directory/<object name>}. Bytes in flight are {@code
 * <directory>/.uploads/<id>.<attempt> .part}, on the same file system, so that publishing is one
 * {@code link}.
 *
 * <p>Several glance-api processes may share a directory (NFS): nothing is kept in memory.
 */
public final class FileStore implements Store {
  private static final String UPLOADS = ".uploads";

  private final StoreInfo info;
  private final Path directory;
  private final Path uploads;
  private final long reserveBytes;

  /**
   * Opens the directory, making it where it is missing.
   *
   * @param reserveBytes kept free on the file system; see {@link FileConfig#reserve}
   * @throws StoreException when the directory cannot be made or written to
   */
  public FileStore(
      String name, @Nullable String description, int weight, Path directory, long reserveBytes) {
    this.info = new StoreInfo(name, "file", description, weight, EnumSet.allOf(Capability.class));
    this.directory = directory.toAbsolutePath().normalize();
    this.uploads = this.directory.resolve(UPLOADS);
    this.reserveBytes = reserveBytes;
    try {
      Files.createDirectories(uploads);
      // The only test that also sees read-only mounts and ACLs, and works for root.
      Files.delete(Files.createTempFile(uploads, "probe", null));
    } catch (IOException e) {
      throw FileErrors.translate(name, "opening " + this.directory, e);
    }
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  @Override
  public void check() {
    if (!Files.isWritable(uploads)) {
      throw new StoreException.Unavailable(
          "store " + info.name() + " cannot write to its directory", null);
    }
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    try {
      requireRoom(sizeBytes.orElse(0));
      return new FileUpload(this, part(key), published(key));
    } catch (IOException e) {
      throw translate("opening an upload", e);
    }
  }

  /**
   * Removes the attempt's part file, and the final name if this attempt made it. While the part
   * file is there, the final name is the attempt's own only if both are the same file: a name that
   * was taken by another is left alone.
   */
  @Override
  public void discard(UploadKey key) {
    Path part = part(key);
    Path published = published(key);
    try {
      if (!Files.exists(part, LinkOption.NOFOLLOW_LINKS)
          || (Files.exists(published, LinkOption.NOFOLLOW_LINKS)
              && Files.isSameFile(part, published))) {
        Files.deleteIfExists(published);
      }
      Files.deleteIfExists(part);
    } catch (NoSuchFileException _) {
      // Another replica discards the same attempt at this moment; run once more over what is left.
      discard(key);
    } catch (IOException e) {
      throw translate("discarding", e);
    }
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
    Path file = resolve(at);
    long size = sizeOf(file);
    if (range.offset() + range.length() > size) {
      throw new StoreException.NotFound(
          "store "
              + info.name()
              + ": the file holds "
              + size
              + " bytes, not the "
              + range.length()
              + " asked for at "
              + range.offset(),
          null);
    }
    return new ImageBytes.LocalFile(file, range.offset(), range.length());
  }

  @Override
  public OptionalLong size(StoreLocation at) {
    return OptionalLong.of(sizeOf(resolve(at)));
  }

  @Override
  public boolean delete(StoreLocation at) {
    try {
      return Files.deleteIfExists(resolve(at));
    } catch (IOException e) {
      throw translate("deleting", e);
    }
  }

  /** Holds nothing open: each upload owns its channel. */
  @Override
  public void close() {}

  /**
   * Refuses when fewer than {@code bytes} can be written without touching the reserve.
   *
   * @throws StoreException.Full then
   */
  void requireRoom(long bytes) throws IOException {
    if (reserveBytes == 0 && bytes == 0) {
      return;
    }
    long free = Files.getFileStore(uploads).getUsableSpace();
    if (free - reserveBytes < bytes) {
      throw new StoreException.Full(
          "store "
              + info.name()
              + " has no room: "
              + Math.max(0, free - reserveBytes)
              + " bytes are free beyond the reserve of "
              + reserveBytes,
          null);
    }
  }

  /** Makes names that were linked or removed in the directory survive a power cut. */
  void syncDirectory() throws IOException {
    try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  StoreException translate(String doing, IOException e) {
    return FileErrors.translate(info.name(), doing, e);
  }

  private Path part(UploadKey key) {
    return uploads.resolve(key.attemptName() + ".part");
  }

  private Path published(UploadKey key) {
    return directory.resolve(key.objectName());
  }

  private long sizeOf(Path file) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile()) {
        throw new StoreException.BadLocation(
            "store " + info.name() + ": the location is not a regular file", null);
      }
      return attributes.size();
    } catch (IOException e) {
      throw translate("reading", e);
    }
  }

  /** The file at a location, which must lie in this store's directory. */
  private Path resolve(StoreLocation at) {
    URI uri = at.uri();
    String path = uri.getPath();
    boolean isFile = "file".equals(uri.getScheme()) || "filesystem".equals(uri.getScheme());
    if (!isFile || uri.getHost() != null || path == null || path.indexOf('\0') >= 0) {
      throw outside();
    }
    Path file = Path.of(path).normalize();
    if (!file.startsWith(directory) || file.equals(directory) || file.startsWith(uploads)) {
      throw outside();
    }
    return file;
  }

  private StoreException outside() {
    return new StoreException.BadLocation(
        "the location is not in the directory of store " + info.name(), null);
  }
}
