package dev.glance.api.store.s3;

import dev.glance.api.store.PartWriter;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.TransferMemory;
import dev.glance.api.store.Upload;
import dev.glance.api.store.s3.S3Parts.Place;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes one object, by a PUT where the image fits a part, else by a multipart upload whose parts
 * are on their way while the next one fills. Where those would be too many, further parts are
 * objects of their own first, {@code <id>.<attempt>-part-00001}, …, which the server copies in.
 *
 * <p>Publishing never replaces anything: it looks whether the name is taken and carries {@code
 * If-None-Match: *} besides, which newer servers heed at a PUT and at the completion of a multipart
 * upload, radosgw 16 at a PUT only; Swift refuses it at a PUT, and is asked again without. Where a
 * server does not heed it, only two attempts with one name that publish in the same instant could
 * meet, which leases and fences keep apart.
 *
 * <p>Servers do not say whose a multipart upload is, so a note that is the attempt's alone does: it
 * is there before the upload begins, knows the upload's id before there are any parts, and goes
 * when nothing else is left.
 */
final class S3Upload implements Upload {
  /** What a server says that does not know the condition. */
  private static final int NOT_IMPLEMENTED = 501;

  private final S3Store store;
  private final S3Calls calls;
  private final S3Names names;
  private final S3Parts plan;
  private final PartWriter<Integer> parts;
  private final S3Multipart image;
  private final Map<Integer, Joined> joined = new ConcurrentHashMap<>();

  /** What a server would do even if the request were cut, after all else was removed perhaps. */
  private final ExecutorService unhurried = Executors.newVirtualThreadPerTaskExecutor();

  private volatile boolean isNoted;
  private boolean isPublishing;
  private volatile boolean isClosed;

  S3Upload(
      S3Store store, S3Calls calls, TransferMemory memory, S3Names names, OptionalLong sizeBytes) {
    this.store = store;
    this.calls = calls;
    this.names = names;
    S3Config config = store.config();
    long partBytes =
        Math.clamp(
            // So that an announced size needs no copies, where the memory allows that.
            Math.ceilDiv(sizeBytes.orElse(0), new S3Parts(config.maxParts(), 1).whole()),
            config.largeObjectChunkSize().asLongValue(),
            config.uploadBuffer().asLongValue());
    this.plan = new S3Parts(config.maxParts(), partBytes);
    this.parts =
        new PartWriter<>(
            store.info().name(), memory, partBytes, config.minPartSize().asLongValue(), this::send);
    this.image =
        new S3Multipart(
            calls, names.bucket(), names.published(), store.mark(names), unhurried, this::putNote);
  }

  private void putNote(String uploadId) {
    isNoted = true;
    store.putNote(names, uploadId);
  }

  @Override
  public void write(ByteBuffer bytes) {
    requireOpen();
    parts.write(bytes);
  }

  private int send(int number, List<ByteBuffer> bytes) {
    Place place = plan.place(number);
    try {
      String _ = image.id();
      if (place.piece() == 0) {
        return image.send(place.part(), bytes);
      }
      return joined.computeIfAbsent(place.part(), Joined::new).send(place.piece(), bytes);
    } catch (StoreException.NotFound e) {
      throw discarded(e);
    }
  }

  /** A part that the server puts together and copies in. */
  private final class Joined {
    private final int part;
    private final S3Multipart pieces;
    private final AtomicLong bytes = new AtomicLong();

    /** Once all pieces are there. */
    private volatile @Nullable Future<?> copied;

    Joined(int part) {
      this.part = part;
      this.pieces =
          new S3Multipart(
              calls, names.bucket(), names.joined(part), store.mark(names), unhurried, _ -> {});
    }

    int send(int piece, List<ByteBuffer> some) {
      bytes.addAndGet(PiecesStream.bytes(some));
      int sent = pieces.send(piece, some);
      if (sent == plan.pieces()) {
        copied = unhurried.submit(this::copyIn);
      }
      return sent;
    }

    private void copyIn() {
      try {
        pieces.complete();
      } catch (StoreException.NotFound e) {
        // Of a try that seemed to fail the answer alone may have been lost.
        if (!store.isThere(names.bucket(), names.joined(part))) {
          throw e;
        }
      }
      if (isClosed) {
        return;
      }
      image.copy(part, names.joined(part), bytes.get());
      store.deleteObject(names.bucket(), names.joined(part));
    }

    /** Of the last part not all pieces may have come: there are no more. */
    void await() {
      Future<?> underWay = copied;
      if (underWay == null) {
        underWay = unhurried.submit(this::copyIn);
      }
      Object _ = calls.join(underWay, "a copy");
    }
  }

  private StoreException cancelled(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new StoreException.Cancelled("store " + store.info().name() + ": cancelled", e);
  }

  private StoreException discarded(StoreException e) {
    return new StoreException.Cancelled(
        "store " + store.info().name() + ": the upload was discarded meanwhile", e);
  }

  @Override
  public long written() {
    return parts.written();
  }

  @Override
  public StoreLocation commit() {
    requireOpen();
    if (parts.sent() == 0) {
      publishWhole(parts.unsent());
    } else {
      List<Integer> _ = parts.finish();
      joined.values().forEach(Joined::await);
      publish();
      store.abortMultiparts(names);
    }
    isClosed = true;
    stop();
    return store.at(names.bucket(), names.published());
  }

  private void publishWhole(List<ByteBuffer> bytes) {
    requireFree();
    isPublishing = true;
    try {
      store.makingBucket(() -> putWhereNothingIs(bytes));
    } catch (StoreException e) {
      requireOurs(e);
    }
  }

  private void putWhereNothingIs(List<ByteBuffer> bytes) {
    try {
      put(bytes, "*");
    } catch (StoreException e) {
      if (S3Errors.status(e) != NOT_IMPLEMENTED) {
        throw e;
      }
      put(bytes, null);
    }
  }

  private void put(List<ByteBuffer> bytes, @Nullable String unless) {
    calls.call(
        "an object",
        client ->
            client.putObject(
                request ->
                    request
                        .bucket(names.bucket())
                        .key(names.published())
                        .ifNoneMatch(unless)
                        .metadata(store.mark(names))
                        .overrideConfiguration(calls.within(PiecesStream.bytes(bytes))),
                S3Multipart.body(bytes)));
  }

  private void publish() {
    requireFree();
    isPublishing = true;
    try {
      image.complete();
    } catch (StoreException.NotFound e) {
      if (!store.isPublishedBy(names)) {
        throw discarded(e);
      }
    } catch (StoreException e) {
      requireOurs(e);
    }
  }

  private void requireFree() {
    if (store.isThere(names.bucket(), names.published())) {
      throw taken();
    }
  }

  /** Of a try that seemed to fail the answer alone may have been lost. */
  private void requireOurs(StoreException e) {
    if (S3Errors.status(e) != 412) {
      throw e;
    }
    if (!store.isPublishedBy(names)) {
      isPublishing = false;
      throw taken();
    }
  }

  private StoreException taken() {
    return new StoreException.AlreadyExists(
        "store " + store.info().name() + ": the name is taken", null);
  }

  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    stop();
    if (isPublishing) {
      store.deletePublished(names);
    }
    if (isNoted) {
      store.abortMultiparts(names);
    }
  }

  private void stop() {
    parts.stop(store.config().timeout());
    unhurried.shutdown();
    try {
      if (!unhurried.awaitTermination(store.config().timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        throw new StoreException.Unavailable(
            "store " + store.info().name() + ": requests under way do not end", null);
      }
    } catch (InterruptedException e) {
      throw cancelled(e);
    } finally {
      unhurried.shutdownNow();
    }
  }

  private void requireOpen() {
    if (isClosed) {
      throw new StoreException.Cancelled("the upload is closed", null);
    }
  }
}
