package dev.glance.api.store.rbd;

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
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each image as an RBD image of one pool with the protected snapshot {@value #SNAPSHOT}, from
 * which Nova and Cinder clone, located as {@code rbd://<fsid>/<pool>/<image>/snap}. The old form
 * {@code rbd://<image>} means the same pool and no snapshot (API reference section 6.2).
 *
 * <p>An upload writes to an RBD image of its own and renames that. A writer that wakes after a
 * rename, by whomever, has a handle that goes by the image's id, so it can still write to that
 * image but to no other; it closes the handle before it publishes, and readers read the snapshot,
 * which no writer changes. Whoever has an image open holds a watch, which keeps others from
 * removing it; of a process that died it lasts half a minute.
 */
public final class RbdStore implements Store {
  /** The snapshot that is read and cloned from. */
  static final String SNAPSHOT = "snap";

  /** In the metadata of an RBD image: which upload made it. */
  static final String UPLOAD = "glance_upload";

  private static final String FSID = "fsid";

  /** For looking whether Ceph is there at all. */
  private static final Duration SHORT = Duration.ofSeconds(10);

  /** For what a user waits for who need not. */
  private static final Duration ASKED = Duration.ofSeconds(5);

  /** So many images are looked at in one call. */
  private static final int BATCH = 100;

  private volatile StoreInfo info;
  private final RbdConfig config;
  private final RbdCluster cluster;
  private final RbdMemory memory;

  /** The uploads of this process, by the names of what they write. */
  private final Map<String, RbdUpload> uploads = new ConcurrentHashMap<>();

  /** An RBD image, and the snapshot of it that is meant. */
  private record Place(String name, @Nullable String snapshot) {}

  /** Makes the store; Ceph is not asked for anything yet. */
  public RbdStore(String name, @Nullable String description, int weight, RbdConfig config) {
    this.config = config;
    this.info = info(name, description, weight, null);
    this.cluster = new RbdCluster(name, config);
    this.memory = new RbdMemory(config.buffer().asLongValue());
  }

  private StoreInfo info(
      String name, @Nullable String description, int weight, @Nullable String fsid) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("chunk_size", config.chunkSize().asLongValue());
    properties.put("pool", config.pool());
    properties.put("thin_provisioning", true);
    if (fsid != null) {
      properties.put(FSID, fsid);
    }
    return new StoreInfo(
        name,
        "rbd",
        description,
        weight,
        EnumSet.complementOf(EnumSet.of(Capability.SHARE)),
        properties);
  }

  RbdConfig config() {
    return config;
  }

  RbdCluster cluster() {
    return cluster;
  }

  RbdMemory memory() {
    return memory;
  }

  /** The cluster's id is among the properties once it is known; nobody is asked for it here. */
  @Override
  public StoreInfo info() {
    StoreInfo known = info;
    String fsid = cluster.knownFsid();
    if (fsid == null || known.properties().containsKey(FSID)) {
      return known;
    }
    StoreInfo found = info(known.name(), known.description(), known.weight(), fsid);
    info = found;
    return found;
  }

  @Override
  public void check() {
    cluster.look(config.timeout().compareTo(SHORT) < 0 ? config.timeout() : SHORT);
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    RbdUpload upload = new RbdUpload(this, new RbdNames(key));
    uploads.put(upload.names().part(), upload);
    try {
      upload.begin(sizeBytes.orElse(0));
    } catch (RuntimeException e) {
      try {
        upload.close();
      } catch (RuntimeException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    return upload;
  }

  void ended(RbdUpload upload) {
    uploads.remove(upload.names().part(), upload);
  }

  /**
   * What is being written may become what is published meanwhile, but not the other way round; a
   * rename that was cut short leaves both names, of which that of the writer knows how to go alone.
   *
   * @throws StoreException.InUse while another process writes to it, or has died only just now
   */
  @Override
  public void discard(UploadKey key) {
    RbdNames names = new RbdNames(key);
    RbdUpload own = uploads.get(names.part());
    if (own != null) {
      own.abandon();
    }
    cluster.call(
        "removing what an upload left",
        RbdCluster.LONG,
        io -> {
          removePublished(io, names);
          remove(io, names.part(), SNAPSHOT);
          return removePublished(io, names);
        });
  }

  private boolean removePublished(MemorySegment io, RbdNames names) {
    String by = look(io, names.published(), image -> Librbd.metadata(image, UPLOAD));
    return names.key().uploadId().equals(by) && remove(io, names.published(), SNAPSHOT);
  }

  /** Looks at an image; null when it is not there. */
  private <T> @Nullable T look(
      MemorySegment io, String name, Function<MemorySegment, @Nullable T> at) {
    MemorySegment image;
    try {
      image = cluster.openReadOnly(io, name);
    } catch (StoreException.NotFound _) {
      return null;
    }
    try {
      return at.apply(image);
    } finally {
      cluster.close(image);
    }
  }

  /**
   * Removes an RBD image and its one snapshot; false when it was gone. With clones it becomes
   * trash: they keep it, and it has no name any more. {@code rbd trash purge} removes it when they
   * are gone.
   *
   * @throws StoreException.InUse while somebody has it open, or when it has other snapshots
   */
  boolean remove(MemorySegment io, String name, @Nullable String snapshot) {
    List<String> snapshots = new ArrayList<>();
    Long watchers =
        look(
            io,
            name,
            image -> {
              cluster.check("listing snapshots", Librbd.snapshots(image, snapshots));
              return cluster.check("listing who has it open", Librbd.watchers(image));
            });
    if (watchers != null && watchers > 0) {
      throw new StoreException.InUse(
          "store " + info.name() + ": the RBD image " + name + " is open somewhere", null);
    }
    requireNoOthers(name, snapshot, snapshots);
    boolean hasClones = false;
    for (String each : snapshots) {
      hasClones |= !removeSnapshot(io, name, each);
    }
    // Of an interrupted removal the name may be all that is left; that goes, too.
    int error = hasClones ? Librbd.ENOTEMPTY : Librbd.remove(io, name);
    if (error == Librbd.ENOTEMPTY) {
      error = Librbd.moveToTrash(io, name);
    }
    if (error != Librbd.ENOENT) {
      cluster.check("removing an image", error);
    }
    return error == 0;
  }

  private void requireNoOthers(String name, @Nullable String snapshot, List<String> snapshots) {
    if (snapshots.stream().anyMatch(each -> !each.equals(snapshot) && !each.equals(SNAPSHOT))) {
      throw new StoreException.InUse(
          "store " + info.name() + ": the RBD image " + name + " has other snapshots", null);
    }
  }

  /**
   * Snapshots that are not the image's own are refused, clones are not: they keep what is trash.
   */
  @Override
  public void requireDeletable(StoreLocation at) {
    try {
      Place place = place(at);
      List<String> snapshots = new ArrayList<>();
      cluster.call(
          "a look at snapshots",
          ASKED,
          io -> {
            look(
                io,
                place.name(),
                image -> cluster.check("listing snapshots", Librbd.snapshots(image, snapshots)));
            return true;
          });
      requireNoOthers(place.name(), place.snapshot(), snapshots);
    } catch (StoreException.Unavailable | StoreException.BadLocation _) {
      // Who deletes later sees.
    }
  }

  /** False when it has clones. */
  private boolean removeSnapshot(MemorySegment io, String name, String snapshot) {
    MemorySegment image = cluster.open(io, name, null);
    try {
      int error = Librbd.unprotect(image, snapshot);
      if (error == Librbd.EBUSY) {
        return false;
      }
      // EINVAL says that it was not protected.
      if (error != Librbd.EINVAL && error != Librbd.ENOENT) {
        cluster.check("unprotecting a snapshot", error);
      }
      error = Librbd.removeSnapshot(image, snapshot);
      if (error == Librbd.EBUSY) {
        return false;
      }
      if (error != Librbd.ENOENT) {
        cluster.check("removing a snapshot", error);
      }
      return true;
    } finally {
      cluster.close(image);
    }
  }

  StoreLocation at(String name) {
    return new StoreLocation(
        URI.create(
            "rbd://"
                + encode(cluster.fsid())
                + "/"
                + encode(config.pool())
                + "/"
                + encode(name)
                + "/"
                + SNAPSHOT));
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
    Place place = place(at);
    return new ImageBytes.Stream(
        new RbdDownload(this, place.name(), place.snapshot(), range), range.length());
  }

  /** Where the configuration does not name the cluster's id, only the cluster can say. */
  @Override
  public boolean holds(StoreLocation at) {
    try {
      return find(at).isPresent();
    } catch (StoreException.Unavailable _) {
      return false;
    }
  }

  @Override
  public OptionalLong size(StoreLocation at) {
    Place place = place(at);
    return OptionalLong.of(
        cluster.call(
            "the size of an image",
            cluster.limit(),
            io -> {
              MemorySegment image = cluster.open(io, place.name(), place.snapshot());
              try {
                return cluster.check("the size of an image", Librbd.size(image));
              } finally {
                cluster.close(image);
              }
            }));
  }

  @Override
  public boolean delete(StoreLocation at) {
    Place place = place(at);
    return cluster.call(
        "removing an image", RbdCluster.LONG, io -> remove(io, place.name(), place.snapshot()));
  }

  @Override
  public void list(Consumer<StoredObject> each) {
    List<Librbd.Named> all = new ArrayList<>();
    cluster.call(
        "a list of images",
        RbdCluster.LONG,
        io -> cluster.check("a list of images", Librbd.list(io, all)));
    for (int at = 0; at < all.size(); at += BATCH) {
      List<Librbd.Named> some = all.subList(at, Math.min(at + BATCH, all.size()));
      cluster.call("a look at images", RbdCluster.LONG, io -> stored(io, some)).forEach(each);
    }
  }

  private List<StoredObject> stored(MemorySegment io, List<Librbd.Named> some) {
    List<StoredObject> stored = new ArrayList<>();
    for (Librbd.Named named : some) {
      StoredObject object =
          look(
              io,
              named.name(),
              image ->
                  new StoredObject(
                      at(named.name()),
                      RbdNames.imageId(named.name()).orElse(null),
                      RbdNames.isPart(named.name()),
                      cluster.check("the size of an image", Librbd.size(image)),
                      Librbd.modifiedAt(image),
                      named.id()));
      if (object != null) {
        stored.add(object);
      }
    }
    return stored;
  }

  @Override
  public boolean remove(StoredObject object) {
    Place place = place(object.at());
    return cluster.call(
        "removing an image",
        RbdCluster.LONG,
        io ->
            object.mark().equals(look(io, place.name(), Librbd::id))
                && remove(io, place.name(), place.snapshot()));
  }

  private Place place(StoreLocation at) {
    return find(at)
        .orElseThrow(
            () ->
                new StoreException.BadLocation(
                    "the location is not of store " + info.name(), null));
  }

  private Optional<Place> find(StoreLocation at) {
    URI uri = at.uri();
    String cluster = uri.getRawAuthority();
    if (!"rbd".equals(uri.getScheme())
        || cluster == null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      return Optional.empty();
    }
    String[] names = String.valueOf(uri.getRawPath()).split("/", -1);
    if (names.length == 1 && names[0].isEmpty()) {
      return Optional.of(new Place(decode(cluster), null));
    }
    boolean isOurs =
        names.length == 4
            && !names[2].isEmpty()
            && !names[3].isEmpty()
            && decode(names[1]).equals(config.pool())
            && decode(cluster).equals(this.cluster.fsid());
    return isOurs ? Optional.of(new Place(decode(names[2]), decode(names[3]))) : Optional.empty();
  }

  private static String encode(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String decode(String name) {
    return URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** How many images and pieces of memory are in use. */
  int inUse() {
    return cluster.openImages() + memory.used();
  }

  @Override
  public void close() {
    cluster.close();
  }
}
