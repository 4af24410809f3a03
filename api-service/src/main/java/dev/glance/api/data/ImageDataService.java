package dev.glance.api.data;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.UserToken;
import dev.glance.api.data.format.FormatInspector;
import dev.glance.api.member.AccessLists;
import dev.glance.api.policy.ImagePolicy;
import dev.glance.api.policy.Rule;
import dev.glance.api.quota.Quotas;
import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Stores;
import dev.glance.api.store.Tenant;
import dev.glance.api.store.Upload;
import dev.glance.model.TimeSlice;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.UploadKey;
import dev.glance.model.registry.UploadsApi;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadResult;
import dev.glance.model.registry.UploadsApi.UploadStart;
import io.vertx.core.http.HttpClosedException;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import jakarta.ws.rs.ProcessingException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The rules of image bytes (API reference sections 2.6 and 2.8): who may put them where and when,
 * and that an upload ends with an active image and every byte, or a queued one and none. Blocks;
 * never called on an event loop.
 */
@Singleton
public final class ImageDataService {
  private static final Logger LOG = Logger.getLogger(ImageDataService.class);

  /** Between two times of asking for room that others may give back. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final ImagesApi images;
  private final Lookups lookups;
  private final UploadsApi uploads;
  private final Stores stores;
  private final Quotas quotas;
  private final ImagePolicy policy;
  private final AccessLists accessLists;
  private final String hashingAlgorithm;
  private final long sizeCap;

  /** {@code pid@host}: which process writes, for people who read the registry's tables. */
  private final String worker = ManagementFactory.getRuntimeMXBean().getName();

  /** Digests are pure computation: more threads than cores would only take turns. */
  private final ExecutorService hashing =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          withLongSlices(Thread.ofPlatform().daemon().name("digest-", 0).factory()));

  /**
   * What a client says of the bytes it is about to send.
   *
   * @param store the store it asks for, or null for the default
   */
  public record Announcement(OptionalLong sizeBytes, @Nullable String store) {}

  /** Bytes found in a store. */
  record Found(Store store, ImageBytes bytes) {}

  ImageDataService(
      ImagesApi images,
      UploadsApi uploads,
      Stores stores,
      ImagePolicy policy,
      Quotas quotas,
      AccessLists accessLists,
      DataConfig config) {
    this.images = images;
    this.lookups = new Lookups(images::show);
    this.uploads = uploads;
    this.stores = stores;
    this.policy = policy;
    this.quotas = quotas;
    this.accessLists = accessLists;
    this.hashingAlgorithm = config.hashingAlgorithm();
    this.sizeCap = config.imageSizeCap().asLongValue();
  }

  private static ThreadFactory withLongSlices(ThreadFactory threads) {
    return task ->
        threads.newThread(
            () -> {
              TimeSlice.ofThisThread(TimeSlice.LONG);
              task.run();
            });
  }

  @PreDestroy
  void close() {
    hashing.shutdown();
  }

  /**
   * Takes an image's bytes in, from the caller's thread until the image is active.
   *
   * @param token the caller's, or null for none; a store may keep the bytes on the caller's behalf
   * @throws GlanceException or {@link StoreException} when it is refused, fails or is cancelled;
   *     the image is queued again then and the store is as before
   */
  Image upload(
      Caller caller,
      @Nullable UserToken token,
      String id,
      Announcement announced,
      ChunkSource body) {
    Store store = stores.forUpload(announced.store());
    Image image = images.show(caller.scope(), id);
    policy.require(caller, Rule.UPLOAD_IMAGE, image);
    requireFormats(image);
    requireQueued(image);
    SizeLimit limit = new SizeLimit(announced.sizeBytes(), sizeCap);
    Limits limits = quotas.of(image.owner());
    Reservation reservation = new Reservation(announced.sizeBytes().isPresent());
    FormatInspector inspector = new FormatInspector();
    TransferLog log = new TransferLog("upload", image.id(), store.info().name());
    try (Digests digests = new Digests(hashing, hashingAlgorithm)) {
      Transfer transfer =
          new Transfer(body, digests, List.of(limit, reservation, inspector::accept));
      Granted granted = start(caller, image, intent(store, announced, limits));
      reservation.open(granted.lease.reservedBytes());
      try (Lease lease =
          new Lease(
              uploads::heartbeat,
              granted.lease,
              granted.askedAt,
              transfer,
              reservation,
              () -> inForce(image))) {
        UploadKey key = granted.lease.key();
        Attempt attempt = new Attempt(store, key, uploads::abort);
        UploadResult result;
        try {
          Location location;
          try (Upload upload = open(store, key, announced, tenant(caller, token, image))) {
            body.start();
            transfer.run(upload);
            limit.requireComplete();
            location = stores.location(store, upload.commit());
          }
          result = result(location, transfer.bytes(), image, inspector, digests.finish());
        } catch (InterruptedException e) {
          StoreException cancelled = new StoreException.Cancelled("the service is stopping", e);
          attempt.giveUp(cancelled);
          throw cancelled;
        } catch (RuntimeException | Error e) {
          attempt.giveUp(e);
          throw e;
        }
        Image active = attempt.commit(lease, () -> uploads.commit(key.uploadId(), result));
        accessLists.renew(image.id());
        log.finished(transfer.bytes(), active.status().wireName());
        return active;
      } catch (RuntimeException | Error e) {
        log.failed(transfer.bytes(), e);
        if (e instanceof StoreException failure) {
          StoreFailures.count(store, failure);
        }
        throw e;
      }
    }
  }

  /** A caller without a project, such as an admin of all, uploads for the image's owner. */
  private static @Nullable Tenant tenant(Caller caller, @Nullable UserToken token, Image image) {
    if (caller.project() != null) {
      return new Tenant(caller.project(), token == null ? null : token.value());
    }
    return image.owner() == null ? null : new Tenant(image.owner(), null);
  }

  private static Upload open(
      Store store, UploadKey key, Announcement announced, @Nullable Tenant tenant) {
    return tenant == null
        ? store.upload(key, announced.sizeBytes())
        : store.upload(key, announced.sizeBytes(), tenant);
  }

  /** A lease, and {@link System#nanoTime} from before it was asked for. */
  private record Granted(UploadLease lease, long askedAt) {}

  /** Waits for a while if others may soon give back what they have reserved ahead. */
  private Granted start(Caller caller, Image image, UploadStart intent) {
    long end = System.nanoTime() + Reservation.PATIENCE.toNanos();
    Duration pause = Reservation.PAUSE;
    while (true) {
      long askedAt = System.nanoTime();
      try {
        return new Granted(start(caller.scope(), image.id(), intent), askedAt);
      } catch (GlanceException e) {
        if (e.code() != ErrorCode.LIMIT_RESERVED) {
          throw e;
        }
        if (askedAt - end >= 0 || !Attempt.pause(pause)) {
          throw new GlanceException(ErrorCode.LIMIT_EXCEEDED, e.message(), e);
        }
        // Those who wait together must not come together.
        long longest = Math.min(2 * pause.toMillis(), LONGEST_PAUSE.toMillis());
        pause = Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest / 2, longest + 1));
      }
    }
  }

  /**
   * Takes the lease. A registry that gave no answer may have granted it all the same: it is asked
   * once more for the same, and when that has no answer either, told that nobody wants it, so that
   * the image is not kept from the client's next try.
   */
  private UploadLease start(Scope scope, String id, UploadStart intent) {
    try {
      return uploads.start(scope, id, intent);
    } catch (RuntimeException e) {
      if (!isWithoutAnswer(e)) {
        throw e;
      }
    }
    try {
      return uploads.start(scope, id, intent);
    } catch (RuntimeException e) {
      if (isWithoutAnswer(e)) {
        Thread.ofVirtual()
            .start(
                () ->
                    Attempt.abort(
                        uploads::abort,
                        intent.uploadId(),
                        new UploadFailure(true, "It never began")));
      }
      throw e;
    }
  }

  private static boolean isWithoutAnswer(RuntimeException e) {
    return e instanceof ProcessingException
        || e instanceof HttpClosedException
        || (e instanceof GlanceException refusal
            && refusal.code() == ErrorCode.REGISTRY_UNAVAILABLE);
  }

  private UploadStart intent(Store store, Announcement announced, @Nullable Limits limits) {
    OptionalLong size = announced.sizeBytes();
    return new UploadStart(
        store.info().name(), worker, size.isPresent() ? size.getAsLong() : null, limits);
  }

  /** The limits that an upload which started under limits has by now. */
  private Limits inForce(Image image) {
    Limits limits = quotas.of(image.owner());
    return limits != null ? limits : Limits.none(String.valueOf(image.owner()));
  }

  private static void requireFormats(Image image) {
    List<String> missing = ImageAttributes.of(image).missingFormats();
    if (!missing.isEmpty()) {
      throw GlanceException.invalid(
          "Properties " + String.join(", ", missing) + " must be set prior to saving data.");
    }
  }

  private static void requireQueued(Image image) {
    if (image.status() != ImageStatus.QUEUED) {
      throw GlanceException.statusConflict(
          "Image status transition from "
              + image.status().wireName()
              + " to saving is not allowed: data can be uploaded to a queued image only.");
    }
  }

  private UploadResult result(
      Location location,
      long size,
      Image image,
      FormatInspector inspector,
      Digests.Result digests) {
    OptionalLong virtualSize = OptionalLong.empty();
    if (image.diskFormat() != null && image.containerFormat() != null) {
      virtualSize = inspector.finish().virtualSize(image.diskFormat(), image.containerFormat());
    }
    return new UploadResult(
        location,
        size,
        virtualSize.isPresent() ? virtualSize.getAsLong() : null,
        digests.checksum(),
        hashingAlgorithm,
        digests.hashValue());
  }

  /**
   * An image whose bytes the caller may read.
   *
   * @throws GlanceException {@code FORBIDDEN} when policy denies it, or when it is deactivated and
   *     the caller no admin
   */
  Image readable(Caller caller, String id) {
    Image image = lookups.show(caller.scope(), id);
    policy.require(caller, Rule.DOWNLOAD_IMAGE, image);
    if (image.status() == ImageStatus.DEACTIVATED && !caller.isAdmin()) {
      throw GlanceException.forbidden("The requested image has been deactivated.");
    }
    return image;
  }

  /** Whether an image has bytes to be read. */
  static boolean hasData(Image image) {
    return image.size() != null && !image.locations().isEmpty() && image.status().isComplete();
  }

  /**
   * The stores that a caller wants an image to be read from, if it is there (API reference section
   * 2.8).
   *
   * @param prefer their names with commas between, or null
   * @throws GlanceException {@code FORBIDDEN} when policy does not let the caller choose, {@code
   *     INVALID_REQUEST} for a name that is not configured, or without multistore
   */
  List<String> preferred(Caller caller, Image image, @Nullable String prefer) {
    if (prefer == null || prefer.isBlank()) {
      return List.of();
    }
    policy.require(caller, Rule.DOWNLOAD_FROM_STORE, image);
    if (!stores.isMultistore()) {
      throw GlanceException.invalid(
          "Store selection for download is not available without multiple stores.");
    }
    List<String> names = Arrays.stream(prefer.split(",")).map(String::strip).toList();
    for (String name : names) {
      if (stores.named(name).isEmpty()) {
        throw GlanceException.invalid("Store '" + name + "' is not configured.");
      }
    }
    return names;
  }

  /**
   * Opens a part of an image in the first of its locations that can be read: those in the preferred
   * stores, in that order, then the others by the weight of their stores.
   *
   * @return empty when the bytes are in none of them
   * @throws StoreException when a location may have them but cannot be read now
   */
  Optional<Found> open(Image image, ByteRange range, List<String> preferred) {
    StoreException failure = null;
    for (Located located : locations(image, preferred)) {
      try {
        ImageBytes bytes = located.store.read(StoreLocation.of(located.url), range);
        return Optional.of(new Found(located.store, bytes));
      } catch (StoreException.NotFound | StoreException.BadLocation e) {
        LOG.errorf(
            "image %s has no bytes in store %s: %s",
            image.id(), located.store.info().name(), e.getMessage());
        StoreFailures.count(located.store, e);
      } catch (StoreException e) {
        LOG.warnf(
            "image %s cannot be read from store %s: %s",
            image.id(), located.store.info().name(), e.getMessage());
        StoreFailures.count(located.store, e);
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.empty();
  }

  private record Located(Store store, String url) {}

  private static int rank(Located located, List<String> preferred) {
    int index = preferred.indexOf(located.store.info().name());
    return index < 0 ? preferred.size() : index;
  }

  /** Locations in stores that are not configured on this node are left out. */
  private List<Located> locations(Image image, List<String> preferred) {
    return image.locations().stream()
        .flatMap(at -> stores.readable(at).map(store -> new Located(store, at.url())).stream())
        .sorted(
            Comparator.comparingInt((Located located) -> rank(located, preferred))
                .thenComparingInt(located -> -located.store.info().weight()))
        .toList();
  }
}
