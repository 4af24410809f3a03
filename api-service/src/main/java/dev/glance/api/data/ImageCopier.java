package dev.glance.api.data;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.api.store.Tenant;
import dev.glance.api.store.Upload;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.Location;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.UploadsApi.CopyResult;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import dev.glance.model.registry.UploadsApi.UploadRenewal;
import dev.glance.model.registry.UploadsApi.UploadStart;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Copies an image's bytes from one store to another, under the same protocol as an upload: the
 * registry knows of it before the first byte, a heartbeat keeps its lease, and one conditional call
 * adds the location. The image stays active or deactivated all the while, and what happens to it
 * meanwhile takes no notice of the copy. Nothing is published that has not the image's size and
 * digests. Blocks.
 */
public final class ImageCopier implements AutoCloseable {
  private static final int BUFFERS = 16;
  private static final int BUFFER_BYTES = 1 << 20;

  private final Registry registry;
  private final Stores stores;
  private final BufferPool pool;

  /** {@code pid@host}: which process writes, for people who read the registry's tables. */
  private final String worker = ManagementFactory.getRuntimeMXBean().getName();

  private final ExecutorService hashing =
      Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().name("digest-", 0).factory());

  /**
   * What a copy asks of the registry; the calls of {@link dev.glance.model.registry.UploadsApi},
   * made on the service's own behalf.
   */
  public interface Registry {
    /** Leases the copy. */
    UploadLease startCopy(String imageId, UploadStart start);

    /** Renews the lease. */
    UploadRenewal heartbeat(String uploadId, UploadProgress progress);

    /** Adds the location. */
    Image commitCopy(String uploadId, CopyResult result);

    /** Gives the copy up. */
    void abort(String uploadId, UploadFailure failure);
  }

  /** One that has buffers of its own, 16 MiB outside the heap once they are needed. */
  public ImageCopier(Registry registry, Stores stores) {
    this(registry, stores, new BufferPool(BUFFERS, BUFFER_BYTES));
  }

  ImageCopier(Registry registry, Stores stores, BufferPool pool) {
    this.registry = registry;
    this.stores = stores;
    this.pool = pool;
  }

  @Override
  public void close() {
    hashing.shutdown();
  }

  /** Whether the image has a location in the store of this name. */
  public boolean isIn(Image image, @Nullable String store) {
    return image.locations().stream()
        .flatMap(location -> stores.resolve(location).stream())
        .anyMatch(found -> found.info().name().equals(store));
  }

  private record Source(Store store, Location location) {}

  /**
   * Copies from the first location that has the image's bytes, those in heavier stores first.
   *
   * @param from the only store to copy from, or null for any
   * @param bad takes each location that was tried and turned out not to have them
   * @return the image with its new location
   * @throws GlanceException {@code STATUS_CONFLICT} when it has no data, {@code NOT_FOUND} when no
   *     location is left to copy from, {@code UPLOAD_GONE} when it was deleted meanwhile, {@code
   *     CONFLICT} when it is in the store already, being copied there, or was changed
   * @throws StoreException when the target fails; it is then as before
   */
  public Image copy(Image image, @Nullable String from, Store to, Consumer<BadSource> bad) {
    for (Source source : sources(image, from, to)) {
      try {
        return copy(image, source, to);
      } catch (BadSource e) {
        bad.accept(e);
      }
    }
    throw new GlanceException(
        ErrorCode.NOT_FOUND,
        "Image %s has no bytes %s that could be copied."
            .formatted(image.id(), from == null ? "in any other store" : "in store " + from));
  }

  private List<Source> sources(Image image, @Nullable String from, Store to) {
    return image.locations().stream()
        .flatMap(at -> stores.readable(at).map(store -> new Source(store, at)).stream())
        .filter(source -> from == null || source.store.info().name().equals(from))
        .filter(source -> !source.store.info().name().equals(to.info().name()))
        .sorted(Comparator.comparingInt(source -> -source.store.info().weight()))
        .toList();
  }

  private Image copy(Image image, Source source, Store to) {
    long size = Objects.requireNonNullElse(image.size(), 0L);
    requireSize(source, size);
    UploadStart intent = new UploadStart(to.info().name(), worker, size);
    long askedAt = System.nanoTime();
    UploadLease granted = start(image, intent);
    Attempt attempt = new Attempt(to, granted.key(), registry::abort);
    StoreLocation at = StoreLocation.of(source.location.url());
    try (Digests digests = new Digests(hashing, algorithm(image));
        StoreSource body =
            new StoreSource(
                source.store,
                at,
                size,
                pool.share(),
                e -> bad(source, String.valueOf(e.getMessage()), e))) {
      Transfer transfer = new Transfer(body, digests, List.of());
      try (Lease lease =
          new Lease(
              registry::heartbeat,
              granted,
              askedAt,
              transfer,
              new Reservation(true),
              () -> Limits.none(String.valueOf(image.owner())))) {
        Location location;
        try (Upload upload = open(to, granted, size, image)) {
          body.start();
          transfer.run(upload);
          requireSame(image, source, digests.finish());
          location = stores.location(to, upload.commit());
        } catch (InterruptedException e) {
          StoreException cancelled = new StoreException.Cancelled("the copy was interrupted", e);
          attempt.giveUp(cancelled);
          throw cancelled;
        } catch (RuntimeException | Error e) {
          attempt.giveUp(e);
          throw e;
        }
        CopyResult result =
            new CopyResult(
                location, size, image.checksum(), image.hashAlgorithm(), image.hashValue());
        return attempt.commit(lease, () -> registry.commitCopy(granted.key().uploadId(), result));
      }
    }
  }

  /**
   * Takes the lease. A registry that gave no answer may have granted it all the same: it is told
   * that nobody wants it, so that another try need not wait for the lease to run out.
   */
  private UploadLease start(Image image, UploadStart intent) {
    try {
      return registry.startCopy(image.id(), intent);
    } catch (GlanceException e) {
      if (e.code() == ErrorCode.REGISTRY_UNAVAILABLE) {
        Attempt.abort(
            registry::abort, intent.uploadId(), new UploadFailure(true, "It never began"));
      }
      throw e;
    }
  }

  private static Upload open(Store to, UploadLease granted, long size, Image image) {
    OptionalLong bytes = OptionalLong.of(size);
    return image.owner() == null
        ? to.upload(granted.key(), bytes)
        : to.upload(granted.key(), bytes, new Tenant(image.owner(), null));
  }

  /** Before anything is written; a read of what the image has would not show that there is more. */
  private static void requireSize(Source source, long size) {
    OptionalLong found;
    try {
      found = source.store.size(StoreLocation.of(source.location.url()));
    } catch (StoreException e) {
      throw bad(source, String.valueOf(e.getMessage()), e);
    }
    if (found.isPresent() && found.getAsLong() != size) {
      throw bad(source, "the store has %d bytes, not %d".formatted(found.getAsLong(), size), null);
    }
  }

  /** What an old image has no digest of is computed all the same, and compared with nothing. */
  private static String algorithm(Image image) {
    String algorithm = image.hashAlgorithm();
    return algorithm != null && Digests.algorithm(algorithm).isPresent() ? algorithm : "md5";
  }

  private static void requireSame(Image image, Source source, Digests.Result found) {
    requireSame(source, "MD5", found.checksum(), image.checksum());
    String algorithm = algorithm(image);
    if (algorithm.equals(image.hashAlgorithm())) {
      requireSame(source, algorithm, found.hashValue(), image.hashValue());
    }
  }

  private static void requireSame(
      Source source, String algorithm, String found, @Nullable String expected) {
    if (expected != null && !found.equals(expected)) {
      throw bad(source, "the %s is %s, not %s".formatted(algorithm, found, expected), null);
    }
  }

  private static BadSource bad(Source source, String message, @Nullable Throwable cause) {
    return new BadSource(source.store.info().name(), source.location, message, cause);
  }
}
