package dev.glance.api.store.swift;

import dev.glance.api.store.PartWriter;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.TransferMemory;
import dev.glance.api.store.Upload;
import dev.glance.api.store.swift.Accounts.Home;
import dev.glance.model.registry.UploadKey;
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
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes one object where the image fits a part, else parts {@code <id>.<attempt>-00001}, … that
 * are on their way while the next one fills, and publishes them with a static large object's
 * manifest; with manifests of manifests where one cannot join so many. Publishing is a PUT with
 * {@code If-None-Match: *}, which never replaces anything.
 */
final class SwiftUpload implements Upload {
  private static final String MANIFEST = "?multipart-manifest=put";

  /** An answer to a PUT that must not replace anything. */
  private static final int NAME_IS_TAKEN = 412;

  /** An answer to a manifest: what it is to join is not there. */
  private static final int PARTS_ARE_GONE = 400;

  private record Part(String name, @Nullable String etag, long bytes) {}

  private final SwiftStore store;
  private final Home home;
  private final SwiftClient client;
  private final SwiftNames names;
  private final PartWriter<Part> parts;
  private int joins;
  private boolean isPublishing;
  private boolean isClosed;

  SwiftUpload(SwiftStore store, Home home, TransferMemory memory, UploadKey key) {
    this.store = store;
    this.home = home;
    this.client = home.account();
    this.names = new SwiftNames(home.container(), key);
    long partBytes = store.config().largeObjectChunkSize().asLongValue();
    this.parts = new PartWriter<>(store.info().name(), memory, partBytes, 1, this::send);
  }

  @Override
  public void write(ByteBuffer bytes) {
    requireOpen();
    parts.write(bytes);
  }

  private Part send(int number, List<ByteBuffer> bytes) {
    String name = names.part(number);
    HttpResponse<Void> answer =
        client.put(
            names.container(),
            names.path(name),
            Map.of("Content-Type", "application/octet-stream"),
            () -> Pieces.body(bytes));
    return new Part(
        name,
        answer.headers().firstValue("ETag").orElse(null),
        bytes.stream().mapToLong(ByteBuffer::remaining).sum());
  }

  @Override
  public long written() {
    return parts.written();
  }

  @Override
  public StoreLocation commit() {
    requireOpen();
    if (parts.sent() == 0) {
      List<ByteBuffer> all = parts.unsent();
      publish(names.path(names.published()), Map.of(), () -> Pieces.body(all), NAME_IS_TAKEN);
    } else {
      String manifest = manifest(join(parts.finish()));
      publish(
          names.path(names.published()) + MANIFEST,
          Map.of(SwiftStore.PARTS_HEADER, names.prefix()),
          () -> BodyPublishers.ofString(manifest),
          NAME_IS_TAKEN,
          PARTS_ARE_GONE);
    }
    isClosed = true;
    parts.stop(store.config().timeout());
    return store.at(home, names.published());
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
    requireParts(
        client.put(
            names.container(),
            names.path(name) + MANIFEST,
            Map.of(),
            () -> BodyPublishers.ofString(manifest),
            PARTS_ARE_GONE));
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

  /**
   * Nobody removes parts but who takes this upload for dead. Where they are there, it is manifests
   * that the server does not join.
   */
  private int requireParts(HttpResponse<Void> answer) {
    if (answer.statusCode() == PARTS_ARE_GONE) {
      if (joins > 0 && client.head(names.path(names.part(1))).statusCode() != 404) {
        throw new StoreException.Full(
            "store "
                + store.info().name()
                + ": the server joins no more parts; they would have to be larger",
            null);
      }
      throw new StoreException.Cancelled(
          "store " + store.info().name() + ": parts of the upload were removed meanwhile", null);
    }
    return answer.statusCode();
  }

  private void publish(
      String path, Map<String, String> headers, Supplier<BodyPublisher> body, Integer... refusals) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("If-None-Match", "*");
    all.put("Content-Type", "application/octet-stream");
    all.put(SwiftStore.UPLOAD_HEADER, names.key().uploadId());
    requireNameIsFree();
    isPublishing = true;
    int status = requireParts(client.put(names.container(), path, all, body, refusals));
    // Of a try that seemed to fail the answer alone may have been lost.
    if (status == NAME_IS_TAKEN && !store.isPublishedBy(client, names)) {
      isPublishing = false;
      throw nameIsTaken();
    }
  }

  /** Besides the condition of the PUT, which radosgw does not heed. */
  private void requireNameIsFree() {
    if (client.head(names.path(names.published())).statusCode() != 404) {
      throw nameIsTaken();
    }
  }

  private StoreException nameIsTaken() {
    return new StoreException.AlreadyExists(
        "store " + store.info().name() + ": the name is taken", null);
  }

  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    parts.stop(store.config().timeout());
    if (isPublishing) {
      store.deletePublished(client, names);
    }
    // By name: a listing may be late. What is deleted before it arrives stays deleted, too: the
    // time of a request's beginning decides.
    client.deleteAll(
        Stream.concat(
                IntStream.rangeClosed(1, joins).mapToObj(names::join),
                IntStream.rangeClosed(1, parts.sent()).mapToObj(names::part))
            .map(names::path)
            .toList());
    store.tidy(home);
  }

  private void requireOpen() {
    if (isClosed) {
      throw new StoreException.Cancelled("the upload is closed", null);
    }
  }
}
