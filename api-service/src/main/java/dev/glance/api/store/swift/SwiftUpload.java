package dev.glance.api.store.swift;

import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes one object where the image fits a part, else parts {@code <id>.<attempt>-00001}, … that
 * are on their way while the next one fills, and publishes them with a static large object's
 * manifest; with manifests of manifests where one cannot join so many. Publishing is a PUT with
 * {@code If-None-Match: *}, which never replaces anything.
 *
 * <p>A part is sent from memory, so that it can be sent again. Where the other uploads to the store
 * leave no memory for more, a part is sent before it is full, and the upload goes on with the one
 * piece that it has for itself: many that wait for slow clients keep nobody from uploading.
 */
final class SwiftUpload implements Upload {
  private static final String MANIFEST = "?multipart-manifest=put";

  private record Part(String name, @Nullable String etag, long bytes) {}

  private final SwiftStore store;
  private final SwiftClient client;
  private final UploadMemory memory;
  private final SwiftNames names;
  private final long partBytes;
  private final ExecutorService sending = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<Part>> parts = new ArrayList<>();
  private final Semaphore spareIsFree = new Semaphore(1);
  private volatile @Nullable ByteBuffer spare;
  private List<ByteBuffer> filling = new ArrayList<>();
  private long fillingBytes;
  private long written;

  /** So many parts from the first on are known to be there. */
  private int settled;

  private int joins;
  private boolean isPublishing;
  private boolean isClosed;

  SwiftUpload(SwiftStore store, SwiftClient client, UploadMemory memory, SwiftNames names) {
    this.store = store;
    this.client = client;
    this.memory = memory;
    this.names = names;
    this.partBytes = store.config().largeObjectChunkSize().asLongValue();
  }

  @Override
  public void write(ByteBuffer bytes) {
    requireOpen();
    failWhereAPartDid();
    while (bytes.hasRemaining()) {
      if (fillingBytes == partBytes) {
        send();
      }
      ByteBuffer room = room();
      long count =
          Math.min(partBytes - fillingBytes, Math.min(room.remaining(), bytes.remaining()));
      room.put(bytes.slice(bytes.position(), (int) count));
      bytes.position(bytes.position() + (int) count);
      fillingBytes += count;
      written += count;
    }
  }

  /** The piece that is being filled, or a new one. */
  private ByteBuffer room() {
    if (!filling.isEmpty() && filling.getLast().hasRemaining()) {
      return filling.getLast();
    }
    ByteBuffer piece = memory.poll();
    if (piece == null) {
      if (fillingBytes > 0) {
        send();
      }
      piece = spare();
    }
    filling.add(piece);
    return piece;
  }

  /** The upload's own piece, once what it held before has been sent. */
  private ByteBuffer spare() {
    try {
      spareIsFree.acquire();
    } catch (InterruptedException e) {
      throw SwiftErrors.cancelled(store.info().name(), e);
    }
    ByteBuffer piece = Objects.requireNonNullElseGet(spare, UploadMemory::allocate);
    spare = piece;
    return piece.clear();
  }

  @SuppressWarnings("ReferenceEquality") // Which buffer it is, not what it holds.
  private void giveBack(ByteBuffer piece) {
    if (piece == spare) {
      spareIsFree.release();
    } else {
      memory.giveBack(piece);
    }
  }

  /** Sends what has been gathered as a part of its own, while the caller goes on. */
  private void send() {
    List<ByteBuffer> pieces = filling;
    long bytes = fillingBytes;
    String name = names.part(parts.size() + 1);
    filling = new ArrayList<>();
    fillingBytes = 0;
    parts.add(
        sending.submit(
            () -> {
              try {
                HttpResponse<Void> answer =
                    client.put(
                        names.container(),
                        names.path(name),
                        Map.of("Content-Type", "application/octet-stream"),
                        () -> body(pieces));
                return new Part(name, answer.headers().firstValue("ETag").orElse(null), bytes);
              } finally {
                pieces.forEach(this::giveBack);
              }
            }));
  }

  private static BodyPublisher body(List<ByteBuffer> pieces) {
    return Pieces.body(pieces.stream().map(piece -> piece.duplicate().flip()).toList());
  }

  private void failWhereAPartDid() {
    while (settled < parts.size() && parts.get(settled).isDone()) {
      await(parts.get(settled));
      settled++;
    }
  }

  @Override
  public long written() {
    return written;
  }

  @Override
  public StoreLocation commit() {
    requireOpen();
    if (parts.isEmpty()) {
      publish(names.path(names.published()), Map.of(), () -> body(filling));
    } else {
      if (fillingBytes > 0) {
        send();
      }
      List<Part> joined = new ArrayList<>();
      for (Future<Part> part : parts) {
        joined.add(await(part));
      }
      String manifest = manifest(join(joined));
      publish(
          names.path(names.published()) + MANIFEST,
          Map.of(SwiftStore.PARTS_HEADER, names.prefix()),
          () -> BodyPublishers.ofString(manifest));
    }
    isClosed = true;
    sending.close();
    release();
    return store.at(names.container(), names.published());
  }

  private Part await(Future<Part> part) {
    try {
      return part.get();
    } catch (ExecutionException e) {
      throw SwiftErrors.of(store.info().name(), "PUT", e);
    } catch (InterruptedException e) {
      throw SwiftErrors.cancelled(store.info().name(), e);
    }
  }

  /** At most as many as one manifest can join, by manifests of manifests where there are more. */
  private List<Part> join(List<Part> all) {
    int most = store.config().maxManifestSegments();
    List<Part> joined = all;
    while (joined.size() > most) {
      List<Part> next = new ArrayList<>();
      for (int at = 0; at < joined.size(); at += most) {
        next.add(putJoin(joined.subList(at, Math.min(at + most, joined.size()))));
      }
      joined = next;
    }
    return joined;
  }

  private Part putJoin(List<Part> some) {
    joins++;
    String name = names.join(joins);
    String manifest = manifest(some);
    client.put(
        names.container(),
        names.path(name) + MANIFEST,
        Map.of(),
        () -> BodyPublishers.ofString(manifest));
    return new Part(name, null, some.stream().mapToLong(Part::bytes).sum());
  }

  /** With the digest of each part, so that Swift serves no other bytes under these names. */
  private String manifest(List<Part> some) {
    JsonArray manifest = new JsonArray();
    for (Part part : some) {
      JsonObject entry =
          new JsonObject()
              .put("path", "/" + names.container() + "/" + part.name())
              .put("size_bytes", part.bytes());
      if (part.etag() != null) {
        entry.put("etag", part.etag());
      }
      manifest.add(entry);
    }
    return manifest.encode();
  }

  private void publish(String path, Map<String, String> headers, Supplier<BodyPublisher> body) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("If-None-Match", "*");
    all.put("Content-Type", "application/octet-stream");
    all.put(SwiftStore.UPLOAD_HEADER, names.key().uploadId());
    isPublishing = true;
    int status = client.put(names.container(), path, all, body).statusCode();
    // Of a try that seemed to fail the answer alone may have been lost.
    if (status == 412 && !store.isPublishedBy(names)) {
      isPublishing = false;
      throw new StoreException.AlreadyExists(
          "store " + store.info().name() + ": the name is taken", null);
    }
  }

  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    sending.shutdownNow();
    try {
      // A request that is cancelled ends at once; one that is not would outlive its deletion.
      if (!sending.awaitTermination(store.config().timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        throw new StoreException.Unavailable(
            "store " + store.info().name() + ": parts on their way cannot be stopped", null);
      }
    } catch (InterruptedException e) {
      throw SwiftErrors.cancelled(store.info().name(), e);
    } finally {
      release();
    }
    if (isPublishing) {
      store.deletePublished(names);
    }
    // By name: a listing may be late. What is deleted before it arrives stays deleted, too: the
    // time of a request's beginning decides.
    client.deleteAll(
        Stream.concat(
                IntStream.rangeClosed(1, joins).mapToObj(names::join),
                IntStream.rangeClosed(1, parts.size()).mapToObj(names::part))
            .map(names::path)
            .toList());
  }

  private void release() {
    filling.forEach(this::giveBack);
    filling = new ArrayList<>();
  }

  private void requireOpen() {
    if (isClosed) {
      throw new StoreException.Cancelled("the upload is closed", null);
    }
  }
}
