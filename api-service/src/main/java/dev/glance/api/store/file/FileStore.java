package dev.glance.api.store.file;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Upload;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each image as a file {@code <directory>/<object name>}, upstream's layout, located as
 * {@code file:///directory/<object name>}. Bytes in flight are {@code
 * <directory>/.uploads/<id>.<attempt>.part}, on the same file system, so that publishing is one
 * {@code link}.
 *
 * <p>Several glance-api processes may share a directory (NFS): nothing is kept in memory.
 */
public final class FileStore implements Store {
  private static final String UPLOADS = ".uploads";

  private static final Pattern PUBLISHED_NAME = Pattern.compile("([^.]+)(?:\\.\\d+)?");
  private static final Pattern PART_NAME = Pattern.compile("([^.]+)\\.\\d+\\.part");

  /** For the service and its group alone: image bytes may be secret. */
  private static final FileAttribute<?> FOLDER_PERMISSIONS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---"));

  private final StoreInfo info;
  private final Path directory;
  private final Path uploads;
  private final long reserveBytes;
  private final boolean isDirect;

  /** A flush blocks in the kernel; each upload has at most one under way. */
  private final ExecutorService flushing =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("flush-", 0).factory());

  /**
   * Opens the directory, making it where it is missing.
   *
   * @param reserveBytes kept free on the file system; see {@link FileConfig#reserve}
   * @throws StoreException when the directory cannot be made or written to
   */
  public FileStore(
      String name, @Nullable String description, int weight, Path directory, long reserveBytes) {
    this.directory = directory.toAbsolutePath().normalize();
    this.info =
        new StoreInfo(
            name,
            "file",
            description,
            weight,
            EnumSet.allOf(Capability.class),
            Map.of(
                "data_dir",
                this.directory.toString(),
                "chunk_size",
                FileUpload.HOLE_BYTES,
                "thin_provisioning",
                true));
    this.uploads = this.directory.resolve(UPLOADS);
    this.reserveBytes = reserveBytes;
    try {
      Files.createDirectories(uploads, FOLDER_PERMISSIONS);
      // The only test that also sees read-only mounts and ACLs, and works for root.
      Path probe = Files.createTempFile(uploads, "probe", null);
      this.isDirect = DirectWrites.areTakenBy(probe);
      Files.delete(probe);
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
      requireCapacity(sizeBytes.orElse(0));
      requireRoom(0);
      return new FileUpload(this, part(key), published(key), isDirect, flushing);
    } catch (IOException e) {
      throw translate("opening an upload", e);
    }
  }

  /**
   * Removes the attempt's part file, and the final name if this attempt made it. While the part
   * file is there, the final name is the attempt's own only if both are the same file: a name that
   * was taken by another is left alone. The part goes first: a writer that is merely paused can
   * link nothing any more by the time that the final name is looked at.
   */
  @Override
  public void discard(UploadKey key) {
    Path part = part(key);
    Path published = published(key);
    try {
      Optional<Object> inode = inode(part);
      Files.deleteIfExists(part);
      if (inode.isEmpty() || inode.equals(inode(published))) {
        Files.deleteIfExists(published);
      }
      // Also when there was nothing: who removed it may not have lived to do this.
      syncFolders();
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
  public boolean holds(StoreLocation at) {
    return find(at).isPresent();
  }

  @Override
  public OptionalLong size(StoreLocation at) {
    return OptionalLong.of(sizeOf(resolve(at)));
  }

  @Override
  public boolean delete(StoreLocation at) {
    try {
      Path file = resolve(at);
      boolean isDeleted = Files.deleteIfExists(file);
      if (isDeleted) {
        sync(Objects.requireNonNullElse(file.getParent(), directory));
      }
      return isDeleted;
    } catch (IOException e) {
      throw translate("deleting", e);
    }
  }

  @Override
  public void list(Consumer<StoredObject> each) {
    try {
      list(directory, false, each);
      list(uploads, true, each);
    } catch (IOException e) {
      throw translate("listing", e);
    }
  }

  private static void list(Path folder, boolean isLeftover, Consumer<StoredObject> each)
      throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        BasicFileAttributes attributes;
        try {
          attributes =
              Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException _) {
          continue;
        }
        if (attributes.isRegularFile()) {
          each.accept(
              new StoredObject(
                  new StoreLocation(file.toUri()),
                  imageId(file.getFileName().toString(), isLeftover),
                  isLeftover,
                  attributes.size(),
                  attributes.lastModifiedTime().toInstant(),
                  mark(attributes)));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** The image of {@code <id>} or {@code <id>.<attempt>}, and of a part before it is published. */
  private static @Nullable UUID imageId(String name, boolean isLeftover) {
    Matcher matcher = (isLeftover ? PART_NAME : PUBLISHED_NAME).matcher(name);
    return matcher.matches() ? ImageId.parse(matcher.group(1)).orElse(null) : null;
  }

  private static Object mark(BasicFileAttributes attributes) {
    return List.of(
        Objects.requireNonNullElse(attributes.fileKey(), ""), attributes.lastModifiedTime());
  }

  @Override
  public boolean remove(StoredObject object) {
    Path file = Path.of(object.at().uri());
    if (!directory.equals(file.getParent()) && !uploads.equals(file.getParent())) {
      throw new StoreException.BadLocation(
          "the object is not in the directory of store " + info.name(), null);
    }
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!object.mark().equals(mark(attributes)) || !Files.deleteIfExists(file)) {
        return false;
      }
      syncFolders();
      return true;
    } catch (NoSuchFileException _) {
      return false;
    } catch (IOException e) {
      throw translate("deleting", e);
    }
  }

  /** Each upload owns its channel, and waits for its own flush. */
  @Override
  public void close() {
    flushing.shutdown();
  }

  /**
   * Refuses what can never fit. Whether it fits into what is free is seen while it is written: how
   * much of an image is holes, which take no room, nobody knows before.
   */
  private void requireCapacity(long bytes) throws IOException {
    long capacity = Files.getFileStore(uploads).getTotalSpace();
    // Some network file systems do not know theirs.
    if (capacity > 0 && bytes > capacity) {
      throw new StoreException.Full(
          "store " + info.name() + " has no room: it holds " + capacity + " bytes in all", null);
    }
  }

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

  /** Makes what was linked or unlinked in both folders survive a power cut. */
  void syncFolders() throws IOException {
    sync(directory);
    sync(uploads);
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** What tells a file from every other, whatever its name; empty when there is none. */
  private static Optional<Object> inode(Path file) throws IOException {
    try {
      return Optional.of(
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
              .fileKey());
    } catch (NoSuchFileException _) {
      return Optional.empty();
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
    return find(at)
        .orElseThrow(
            () ->
                new StoreException.BadLocation(
                    "the location is not in the directory of store " + info.name(), null));
  }

  private Optional<Path> find(StoreLocation at) {
    URI uri = at.uri();
    String path = uri.getPath();
    boolean isFile = "file".equals(uri.getScheme()) || "filesystem".equals(uri.getScheme());
    if (!isFile || uri.getHost() != null || path == null || path.indexOf('\0') >= 0) {
      return Optional.empty();
    }
    Path file = Path.of(path).normalize();
    boolean isInside =
        file.startsWith(directory) && !file.equals(directory) && !file.startsWith(uploads);
    return isInside ? Optional.of(file) : Optional.empty();
  }
}
