package dev.glance.api.check;

import dev.glance.api.check.Finding.Kind;
import dev.glance.api.data.Digests;
import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Stores;
import dev.glance.model.image.Image;
import dev.glance.model.image.Location;
import dev.glance.model.registry.InventoryApi.Known;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares the stores with the registry in both directions while the service runs: whether each
 * location has its bytes, and whether all bytes belong to a location. Reading alone; what may be
 * removed is the caller's to decide, one {@link Finding} at a time.
 */
final class StoreCheck {
  private static final int PAGE = 500;

  /**
   * Younger bytes belong to nobody for another reason: the clock of a file server may be off, and
   * an operator who copies files in has not yet told the registry.
   */
  private static final Duration MIN_AGE = Duration.ofHours(1);

  private final Stores stores;
  private final Inventory registry;
  private final Clock clock;
  private final Consumer<Finding> findings;

  StoreCheck(Stores stores, Inventory registry, Clock clock, Consumer<Finding> findings) {
    this.stores = stores;
    this.registry = registry;
    this.clock = clock;
    this.findings = findings;
  }

  /**
   * Looks up every location of every image.
   *
   * @param only the store to look into, or null for all
   * @param isDeep whether to read the bytes and compute their digests
   * @return how many locations were looked at
   */
  long checkImages(@Nullable String only, boolean isDeep) {
    long looked = 0;
    @Nullable String last = null;
    List<Image> page;
    do {
      page = registry.withData(last, PAGE);
      for (Image image : page) {
        for (Location location : image.locations()) {
          Optional<Store> store = stores.resolve(location);
          if (only == null || store.map(found -> found.info().name().equals(only)).orElse(false)) {
            looked++;
            check(image, location, store, isDeep);
          }
        }
        last = image.id();
      }
    } while (page.size() == PAGE);
    return looked;
  }

  private void check(Image image, Location location, Optional<Store> store, boolean isDeep) {
    if (store.isEmpty()) {
      report(Kind.UNREADABLE, "-", image, location, "no store that is configured here holds it");
      return;
    }
    String name = store.get().info().name();
    try {
      StoreLocation at = StoreLocation.of(location.url());
      OptionalLong size = store.get().size(at);
      Long expected = image.size();
      if (expected != null && size.isPresent() && size.getAsLong() != expected) {
        String detail = "the store has %d bytes, not %d".formatted(size.getAsLong(), expected);
        reportIfUnchanged(Kind.WRONG_SIZE, name, image, location, detail);
      } else if (isDeep && expected != null) {
        checkDigests(image, location, store.get(), at, expected);
      }
    } catch (StoreException.NotFound e) {
      reportIfUnchanged(Kind.MISSING, name, image, location, String.valueOf(e.getMessage()));
    } catch (StoreException | IOException e) {
      report(Kind.UNREADABLE, name, image, location, String.valueOf(e.getMessage()));
    }
  }

  private void checkDigests(
      Image image, Location location, Store store, StoreLocation at, long size) throws IOException {
    List<Digest> digests = new ArrayList<>();
    if (image.checksum() != null) {
      digests.add(new Digest("MD5", digest("MD5"), image.checksum()));
    }
    Digests.algorithm(Objects.requireNonNullElse(image.hashAlgorithm(), ""))
        .filter(_ -> image.hashValue() != null)
        .ifPresent(
            algorithm ->
                digests.add(
                    new Digest(
                        algorithm, digest(algorithm), Objects.requireNonNull(image.hashValue()))));
    if (digests.isEmpty()) {
      return;
    }
    try (InputStream in = open(store.read(at, new ByteRange(0, size)))) {
      byte[] buffer = new byte[1 << 20];
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        for (Digest digest : digests) {
          digest.state().update(buffer, 0, length);
        }
      }
    }
    for (Digest digest : digests) {
      String found = HexFormat.of().formatHex(digest.state().digest());
      if (!found.equals(digest.expected())) {
        String detail = "the %s is %s, not %s".formatted(digest.name(), found, digest.expected());
        reportIfUnchanged(Kind.ROTTEN, store.info().name(), image, location, detail);
        return;
      }
    }
  }

  private record Digest(String name, MessageDigest state, String expected) {}

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the JDK always has " + algorithm, e);
    }
  }

  private static InputStream open(ImageBytes bytes) throws IOException {
    return switch (bytes) {
      case ImageBytes.Stream stream -> stream.in();
      case ImageBytes.LocalFile file -> {
        FileChannel channel = FileChannel.open(file.path());
        channel.position(file.offset());
        yield Channels.newInputStream(channel);
      }
    };
  }

  /** Unless the image was deleted, or its location removed, since it was read. */
  private void reportIfUnchanged(
      Kind kind, String store, Image image, Location location, String detail) {
    boolean isStillThere =
        registry.known(List.of(image.id())).stream()
            .flatMap(known -> known.locations().stream())
            .anyMatch(known -> known.url().equals(location.url()));
    if (isStillThere) {
      report(kind, store, image, location, detail);
    }
  }

  private void report(Kind kind, String store, Image image, Location location, String detail) {
    findings.accept(new Finding(kind, store, image.id(), location.url(), detail));
  }

  /**
   * Looks for an owner of everything that a store keeps. The store is listed before the registry is
   * asked: what an upload has published by then has its location or its intent there.
   *
   * @param removable takes each object that nobody needs, after its finding was reported
   * @return how many objects were looked at; empty when the store cannot be listed
   */
  OptionalLong checkStore(Store store, Consumer<StoredObject> removable) {
    if (!store.info().capabilities().contains(Capability.LIST)) {
      return OptionalLong.empty();
    }
    List<StoredObject> page = new ArrayList<>();
    long[] looked = {0};
    store.list(
        object -> {
          looked[0]++;
          page.add(object);
          if (page.size() == PAGE) {
            checkObjects(store, page, removable);
            page.clear();
          }
        });
    checkObjects(store, page, removable);
    return OptionalLong.of(looked[0]);
  }

  private void checkObjects(
      Store store, List<StoredObject> objects, Consumer<StoredObject> removable) {
    List<String> ids =
        objects.stream()
            .map(StoredObject::imageId)
            .filter(Objects::nonNull)
            .map(UUID::toString)
            .distinct()
            .toList();
    Map<String, Known> known =
        ids.isEmpty()
            ? Map.of()
            : registry.known(ids).stream()
                .collect(Collectors.toMap(Known::imageId, Function.identity()));
    for (StoredObject object : objects) {
      UUID id = object.imageId();
      Known image = id == null ? null : known.get(id.toString());
      if (image == null) {
        String detail = id == null ? "no name of an image" : "the registry never had the image";
        report(Kind.FOREIGN, store, object, detail);
      } else if (!image.isInMotion() && !isNeeded(object, image)) {
        if (object.changedAt().isAfter(clock.instant().minus(MIN_AGE))) {
          report(Kind.FOREIGN, store, object, "nobody needs it, but it is less than an hour old");
        } else {
          report(object.isLeftover() ? Kind.LEFTOVER : Kind.ORPHAN, store, object, "");
          removable.accept(object);
        }
      }
    }
  }

  /**
   * By the name alone that an attempt gave its bytes, which no two attempts share: however the
   * location leads there, such bytes are not removed.
   */
  private static boolean isNeeded(StoredObject object, Known image) {
    String name = name(object.at().uri().toString(), image.imageId());
    return !object.isLeftover()
        && image.locations().stream()
            .anyMatch(location -> name(location.url(), image.imageId()).equals(name));
  }

  /** The last part of the path that is named after the image: in RBD a snapshot follows it. */
  private static String name(String url, String imageId) {
    String[] parts = url.split("/", -1);
    for (int i = parts.length - 1; i > 0; i--) {
      if (parts[i].regionMatches(true, 0, imageId, 0, imageId.length())) {
        return parts[i];
      }
    }
    return parts[parts.length - 1];
  }

  private void report(Kind kind, Store store, StoredObject object, String detail) {
    findings.accept(
        new Finding(
            kind,
            store.info().name(),
            object.imageId() == null ? "-" : object.imageId().toString(),
            object.at().uri().toString(),
            (object.bytes() + " bytes " + detail).strip()));
  }
}
