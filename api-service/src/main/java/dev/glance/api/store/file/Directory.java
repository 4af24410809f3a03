package dev.glance.api.store.file;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
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
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One directory of a store. Bytes in flight are {@code .uploads/<id>.<attempt>.part} in it, on the
 * same file system, so that publishing is one {@code link}, which network file systems have, too.
 * Nothing is locked or renamed, and nothing kept in memory but whether it could be opened.
 *
 * <p>Every method asks the file system by {@link TimedCalls}, and throws {@link StoreException}.
 */
final class Directory {
  private static final String UPLOADS = ".uploads";

  private static final int LISTED_AT_ONCE = 256;

  private static final Pattern PUBLISHED_NAME = Pattern.compile("([^.]+)(?:\\.\\d+)?");
  private static final Pattern PART_NAME = Pattern.compile("([^.]+)\\.\\d+\\.part");

  /** For the service and its group alone: image bytes may be secret. */
  private static final FileAttribute<?> FOLDER_PERMISSIONS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---"));

  /** File systems without a server, and so without an answer that stays away. */
  private static final Set<String> LOCAL =
      Set.of(
          "bcachefs",
          "btrfs",
          "ext2",
          "ext3",
          "ext4",
          "f2fs",
          "jfs",
          "nilfs2",
          "overlay",
          "ramfs",
          "reiserfs",
          "tmpfs",
          "xfs",
          "zfs");

  private final String store;
  private final Path path;
  private final Path uploads;
  private final int priority;
  private final long reserveBytes;
  private final Optional<Set<PosixFilePermission>> permissions;
  private final TimedCalls calls;
  private volatile @Nullable Opened opened;

  /** A flush blocks in the kernel; each upload has at most one under way. */
  private final ExecutorService flushing =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("flush-", 0).factory());

  /**
   * What was found out of the file system.
   *
   * @param isLocal whether the kernel may send files from it by an event loop
   * @param isDirect whether it takes writes past the page cache
   */
  private record Opened(boolean isLocal, boolean isDirect) {}

  /**
   * Names a directory; nothing is asked of it yet.
   *
   * @param priority of several the highest takes uploads first
   * @param reserveBytes see {@link FileConfig#reserve}
   * @param permissions see {@link FileConfig#filePerm}
   * @param timeout see {@link FileConfig#timeout}
   */
  Directory(
      String store,
      Path path,
      int priority,
      long reserveBytes,
      Optional<Set<PosixFilePermission>> permissions,
      Duration timeout) {
    this.store = store;
    this.path = path.toAbsolutePath().normalize();
    this.uploads = this.path.resolve(UPLOADS);
    this.priority = priority;
    this.reserveBytes = reserveBytes;
    this.permissions = permissions;
    this.calls = new TimedCalls(store, this.path.toString(), timeout);
  }

  Path path() {
    return path;
  }

  int priority() {
    return priority;
  }

  /** Whether it has stopped to answer. */
  boolean isAway() {
    return calls.isAway();
  }

  private <T> T ask(String doing, TimedCalls.Call<T> call) {
    try {
      return calls.call(call);
    } catch (IOException e) {
      throw translate(doing, e);
    }
  }

  private <T extends AutoCloseable> T askToOpen(String doing, TimedCalls.Call<T> call) {
    try {
      return calls.open(call);
    } catch (IOException e) {
      throw translate(doing, e);
    }
  }

  /** Opens the directory if that has not been done, making it where it is missing. */
  private Opened open() throws IOException {
    Opened known = opened;
    if (known != null) {
      return known;
    }
    try {
      Files.createDirectories(uploads, FOLDER_PERMISSIONS);
      letThrough();
      // The only test that also sees read-only mounts and ACLs, and works for root.
      Path probe = Files.createTempFile(uploads, "probe", null);
      boolean isLocal = LOCAL.contains(Files.getFileStore(uploads).type());
      // What a network takes directly it takes one write at a time.
      boolean isDirect = isLocal && DirectWrites.areTakenBy(probe);
      Files.delete(probe);
      Opened found = new Opened(isLocal, isDirect);
      opened = found;
      return found;
    } catch (IOException e) {
      throw translate("opening " + path, e);
    }
  }

  /** Who may read the files must be able to reach them. */
  private void letThrough() throws IOException {
    if (permissions.isEmpty()) {
      return;
    }
    Set<PosixFilePermission> folder = Files.getPosixFilePermissions(path);
    boolean isChanged = false;
    for (PosixFilePermission permission : permissions.get()) {
      isChanged |=
          switch (permission) {
            case GROUP_READ, GROUP_WRITE, GROUP_EXECUTE ->
                folder.add(PosixFilePermission.GROUP_EXECUTE);
            case OTHERS_READ, OTHERS_WRITE, OTHERS_EXECUTE ->
                folder.add(PosixFilePermission.OTHERS_EXECUTE);
            case OWNER_READ, OWNER_WRITE, OWNER_EXECUTE -> false;
          };
    }
    if (isChanged) {
      Files.setPosixFilePermissions(path, folder);
    }
  }

  /** Writes where only that reaches the file system's server; a look at the disk otherwise. */
  void check() {
    try {
      calls.probe(
          () -> {
            if (!open().isLocal()) {
              Files.delete(Files.createTempFile(uploads, "probe", null));
            } else if (!Files.isWritable(uploads)) {
              throw new StoreException.Unavailable(
                  "store " + store + " cannot write to " + path, null);
            }
            return true;
          });
    } catch (IOException e) {
      throw translate("writing to " + path, e);
    }
  }

  /** Bytes that images may take here; 0 when it is full. */
  long freeBytes() {
    return ask(
        "looking for room",
        () -> {
          open();
          return Math.max(0, Files.getFileStore(uploads).getUsableSpace() - reserveBytes);
        });
  }

  /**
   * Begins an upload.
   *
   * @param beforeCommit throws when the image must not be published
   */
  TimedUpload upload(UploadKey key, OptionalLong sizeBytes, Runnable beforeCommit) {
    FileUpload upload =
        askToOpen(
            "opening an upload",
            () -> {
              Opened found = open();
              requireCapacity(sizeBytes.orElse(0));
              requireRoom(0);
              return new FileUpload(
                  this, part(key), published(key), found.isDirect(), permissions, flushing);
            });
    return new TimedUpload(calls, upload, beforeCommit);
  }

  /** Whether the name that an upload is going to take is taken here. */
  boolean isTaken(UploadKey key) {
    return ask("looking for a name", () -> inode(published(key)).isPresent());
  }

  /**
   * Removes the attempt's part file, and the final name if this is the same file: a name that was
   * taken by another is left alone. The part goes first: a writer that is merely paused can link
   * nothing any more by the time that the final name is looked at.
   *
   * @return whether there was a part file
   */
  boolean discardPart(UploadKey key) {
    return ask(
        "discarding",
        () -> {
          Optional<Object> inode = inode(part(key));
          if (inode.isEmpty()) {
            return false;
          }
          Files.deleteIfExists(part(key));
          if (inode.equals(inode(published(key)))) {
            Files.deleteIfExists(published(key));
          }
          syncFolders();
          return true;
        });
  }

  /** Removes the final name, which is the attempt's own when it has no part file anywhere. */
  void discardPublished(UploadKey key) {
    ask(
        "discarding",
        () -> {
          open();
          Files.deleteIfExists(published(key));
          // Also when there was nothing: who removed it may not have lived to do this.
          syncFolders();
          return true;
        });
  }

  ImageBytes read(Path file, ByteRange range) {
    boolean isLocal =
        ask(
            "reading",
            () -> {
              requireLength(file, range.offset() + range.length());
              return open().isLocal();
            });
    return isLocal
        ? new ImageBytes.LocalFile(file, range.offset(), range.length())
        : new ImageBytes.Stream(
            new TimedStream(calls, askToOpen("reading", () -> FileChannel.open(file)), range),
            range.length());
  }

  private void requireLength(Path file, long bytes) throws IOException {
    long size = sizeOf(file);
    if (bytes > size) {
      throw new StoreException.NotFound(
          "store " + store + ": the file holds " + size + " bytes, not the first " + bytes, null);
    }
  }

  long size(Path file) {
    return ask("reading", () -> sizeOf(file));
  }

  boolean delete(Path file) {
    return ask(
        "deleting",
        () -> {
          boolean isDeleted = Files.deleteIfExists(file);
          if (isDeleted) {
            sync(Objects.requireNonNullElse(file.getParent(), path));
          }
          return isDeleted;
        });
  }

  /** Names images and what attempts have left. */
  void list(Consumer<StoredObject> each) {
    ask("listing", this::open);
    list(path, false, each);
    list(uploads, true, each);
  }

  /** A few at a time: a large directory takes longer than any one call should. */
  @SuppressWarnings("StreamResourceLeak") // It is closed by a call, too.
  private void list(Path folder, boolean isLeftover, Consumer<StoredObject> each) {
    DirectoryStream<Path> files = askToOpen("listing", () -> Files.newDirectoryStream(folder));
    try {
      Iterator<Path> left = files.iterator();
      while (ask("listing", () -> hasNext(left))) {
        ask("listing", () -> some(left, isLeftover)).forEach(each);
      }
    } finally {
      calls.closeQuietly(null, files);
    }
  }

  private static boolean hasNext(Iterator<Path> files) throws IOException {
    try {
      return files.hasNext();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static List<StoredObject> some(Iterator<Path> files, boolean isLeftover)
      throws IOException {
    List<StoredObject> some = new ArrayList<>();
    for (int i = 0; i < LISTED_AT_ONCE && hasNext(files); i++) {
      Path file = files.next();
      BasicFileAttributes attributes;
      try {
        attributes = attributes(file);
      } catch (NoSuchFileException _) {
        continue;
      }
      if (attributes.isRegularFile()) {
        some.add(
            new StoredObject(
                new StoreLocation(file.toUri()),
                imageId(file.getFileName().toString(), isLeftover),
                isLeftover,
                attributes.size(),
                attributes.lastModifiedTime().toInstant(),
                mark(attributes)));
      }
    }
    return some;
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

  /** Whether a file is an image of this directory or what an upload has left there. */
  boolean isParentOf(Path file) {
    return path.equals(file.getParent()) || uploads.equals(file.getParent());
  }

  boolean remove(Path file, Object mark) {
    return ask(
        "deleting",
        () -> {
          try {
            if (!mark.equals(mark(attributes(file))) || !Files.deleteIfExists(file)) {
              return false;
            }
            syncFolders();
            return true;
          } catch (NoSuchFileException _) {
            return false;
          }
        });
  }

  /** Whether a path is below this directory and no part file's. */
  boolean holds(Path file) {
    return file.startsWith(path) && !file.equals(path) && !file.startsWith(uploads);
  }

  /** Each upload owns its channel, and waits for its own flush. */
  void close() {
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
          "store " + store + " has no room: it holds " + capacity + " bytes in all", null);
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
              + store
              + " has no room: "
              + Math.max(0, free - reserveBytes)
              + " bytes are free beyond the reserve of "
              + reserveBytes,
          null);
    }
  }

  /** Makes what was linked or unlinked in both folders survive a power cut. */
  void syncFolders() throws IOException {
    sync(path);
    sync(uploads);
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** What tells a file from every other, whatever its name; empty when there is none. */
  static Optional<Object> inode(Path file) throws IOException {
    try {
      return Optional.of(attributes(file).fileKey());
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  StoreException translate(String doing, IOException e) {
    return FileErrors.translate(store, doing, e);
  }

  private Path part(UploadKey key) {
    return uploads.resolve(key.attemptName() + ".part");
  }

  private Path published(UploadKey key) {
    return path.resolve(key.objectName());
  }

  private long sizeOf(Path file) throws IOException {
    BasicFileAttributes attributes = attributes(file);
    if (!attributes.isRegularFile()) {
      throw new StoreException.BadLocation(
          "store " + store + ": the location is not a regular file", null);
    }
    return attributes.size();
  }
}
