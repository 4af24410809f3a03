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
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each image as a file {@code <directory>/<object name>} of one of its directories,
 * upstream's layout, located as {@code file:///directory/<object name>}. A directory whose file
 * system is away takes no uploads and lends no images; the others go on.
 *
 * <p>Several glance-api processes may share a directory (NFS): nothing is kept in memory.
 */
public final class FileStore implements Store {
  private static final Logger LOG = Logger.getLogger(FileStore.class);

  /** The default of {@link FileConfig#timeout}. */
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final StoreInfo info;
  private final List<Directory> directories;
  private final List<Map<String, Object>> mounts;
  private volatile Optional<String> impairment = Optional.empty();

  /** A directory with default settings, but for the reserve; see {@link FileConfig#reserve}. */
  public FileStore(
      String name, @Nullable String description, int weight, Path directory, long reserveBytes) {
    this(
        name,
        description,
        weight,
        List.of(new Directory(name, directory, 0, reserveBytes, Optional.empty(), TIMEOUT)),
        List.of());
  }

  /** The directories of the settings, which have no {@link FileConfig#findings}. */
  public FileStore(String name, @Nullable String description, int weight, FileConfig config) {
    this(name, description, weight, directories(name, config), mounts(config));
  }

  private FileStore(
      String name,
      @Nullable String description,
      int weight,
      List<Directory> directories,
      List<Map<String, Object>> mounts) {
    this.directories = directories;
    this.mounts = mounts;
    List<String> paths = directories.stream().map(each -> each.path().toString()).toList();
    this.info =
        new StoreInfo(
            name,
            "file",
            description,
            weight,
            EnumSet.complementOf(EnumSet.of(Capability.SHARE)),
            Map.of(
                "data_dir",
                paths.size() == 1 ? paths.getFirst() : paths,
                "chunk_size",
                FileUpload.HOLE_BYTES,
                "thin_provisioning",
                true));
  }

  private static List<Directory> directories(String name, FileConfig config) {
    Optional<Set<PosixFilePermission>> permissions = FileConfig.permissions(config);
    return FileConfig.places(config).stream()
        .map(
            place ->
                new Directory(
                    name,
                    place.path(),
                    place.priority(),
                    config.reserve().asLongValue(),
                    permissions,
                    config.timeout()))
        .toList();
  }

  private static List<Map<String, Object>> mounts(FileConfig config) {
    try {
      return FileConfig.metadata(config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  /** Fails when no directory works; those that do not are {@link #impairment} otherwise. */
  @Override
  public void check() {
    List<StoreException> faults = new ArrayList<>();
    for (Directory directory : directories) {
      try {
        directory.check();
      } catch (StoreException e) {
        faults.add(e);
      }
    }
    if (faults.size() == directories.size()) {
      impairment = Optional.empty();
      throw faults.getFirst();
    }
    impairment = faults.stream().findFirst().map(StoreException::getMessage);
  }

  @Override
  public Optional<String> impairment() {
    return impairment;
  }

  /** How much room a directory has. */
  private record Room(Directory directory, long freeBytes) {}

  /**
   * Begins an upload in the first directory that takes it: those that have room for all of it, then
   * the others, in which it may fit thanks to its holes; by priority, then by the room they have.
   */
  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    List<StoreException> faults = new ArrayList<>();
    for (Directory directory : byPreference(sizeBytes.orElse(0), faults)) {
      try {
        return directory.upload(key, sizeBytes, () -> requireFree(key, directory));
      } catch (StoreException.Cancelled e) {
        throw e;
      } catch (StoreException e) {
        faults.add(e);
      }
    }
    // What may be over soon is worth another try, which a full store is not.
    throw faults.stream()
        .filter(fault -> !(fault instanceof StoreException.Full))
        .findFirst()
        .orElse(faults.getFirst());
  }

  private List<Directory> byPreference(long bytes, List<StoreException> faults) {
    if (directories.size() == 1) {
      return directories;
    }
    List<Room> rooms = new ArrayList<>();
    for (Directory directory : directories) {
      try {
        rooms.add(new Room(directory, directory.freeBytes()));
      } catch (StoreException.Cancelled e) {
        throw e;
      } catch (StoreException e) {
        LOG.warnf("%s takes no upload: %s", directory.path(), e.getMessage());
        faults.add(e);
      }
    }
    return rooms.stream()
        .sorted(
            Comparator.comparing((Room room) -> room.freeBytes < bytes)
                .thenComparingInt(room -> -room.directory.priority())
                .thenComparingLong(room -> -room.freeBytes))
        .map(Room::directory)
        .toList();
  }

  /**
   * A name must be free in all directories, of which only its own can refuse it by itself. One that
   * is away is not asked: where an attempt may have left something, the next has another name.
   */
  private void requireFree(UploadKey key, Directory own) {
    for (Directory directory : directories) {
      if (directory != own && !directory.isAway() && directory.isTaken(key)) {
        throw new StoreException.AlreadyExists(
            "store " + info.name() + ": publishing failed: the name is taken", null);
      }
    }
  }

  /**
   * Where there is a part file, the final name is the attempt's own only if it is the same file. A
   * directory that is away may have it: then nothing else is removed.
   */
  @Override
  public void discard(UploadKey key) {
    boolean isPartFound = false;
    List<StoreException> faults = new ArrayList<>();
    for (Directory directory : directories) {
      try {
        isPartFound |= directory.discardPart(key);
      } catch (StoreException e) {
        faults.add(e);
      }
    }
    if (isPartFound) {
      return;
    }
    if (!faults.isEmpty()) {
      throw faults.getFirst();
    }
    directories.forEach(directory -> directory.discardPublished(key));
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
    Found found = resolve(at);
    return found.directory.read(found.file, range);
  }

  @Override
  public boolean holds(StoreLocation at) {
    return find(at).isPresent();
  }

  /** What the metadata file says of the mount point that the file is below. */
  @Override
  public Map<String, Object> metadata(StoreLocation at) {
    return mounts.stream()
        .filter(mount -> find(at).filter(found -> found.isBelow(mount)).isPresent())
        .findFirst()
        .orElse(Map.of());
  }

  @Override
  public OptionalLong size(StoreLocation at) {
    Found found = resolve(at);
    return OptionalLong.of(found.directory.size(found.file));
  }

  @Override
  public boolean delete(StoreLocation at) {
    Found found = resolve(at);
    return found.directory.delete(found.file);
  }

  @Override
  public void list(Consumer<StoredObject> each) {
    directories.forEach(directory -> directory.list(each));
  }

  @Override
  public boolean remove(StoredObject object) {
    Path file = Path.of(object.at().uri());
    return directories.stream()
        .filter(directory -> directory.isParentOf(file))
        .findFirst()
        .orElseThrow(this::outside)
        .remove(file, object.mark());
  }

  @Override
  public void close() {
    directories.forEach(Directory::close);
  }

  /** A file and the directory that it is in. */
  private record Found(Directory directory, Path file) {
    boolean isBelow(Map<String, Object> mount) {
      return file.startsWith(Path.of(String.valueOf(mount.get("mountpoint"))));
    }
  }

  /** The file at a location, which must lie in one of this store's directories. */
  private Found resolve(StoreLocation at) {
    return find(at).orElseThrow(this::outside);
  }

  private StoreException outside() {
    return new StoreException.BadLocation(
        "the location is not in a directory of store " + info.name(), null);
  }

  private Optional<Found> find(StoreLocation at) {
    URI uri = at.uri();
    String path = uri.getPath();
    boolean isFile = "file".equals(uri.getScheme()) || "filesystem".equals(uri.getScheme());
    if (!isFile || uri.getHost() != null || path == null || path.indexOf('\0') >= 0) {
      return Optional.empty();
    }
    Path file = Path.of(path).normalize();
    return directories.stream()
        .filter(directory -> directory.holds(file))
        .max(Comparator.comparingInt(directory -> directory.path().getNameCount()))
        .map(directory -> new Found(directory, file));
  }
}
