package dev.glance.api.store.s3;

import dev.glance.api.store.PartWriter;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.api.store.UploadMemory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Writes one object, by a PUT where the image fits a part, else by a multipart upload whose parts
 * are on their way while the next one fills.
 *
 * <p>Publishing never replaces anything: it looks whether the name is taken and carries {@code
 * If-None-Match: *} besides, which newer servers heed at a PUT and at the completion of a multipart
 * upload, radosgw 16 at a PUT only. Where a server does not heed it, only two attempts with one
 * name that publish in the same instant could meet, which leases and fences keep apart.
 *
 * <p>Servers do not say whose a multipart upload is, so a note that is the attempt's alone does: it
 * is there before the upload begins, knows the upload's id before there are any parts, and goes
 * when nothing else is left.
 */
final class S3Upload implements Upload {
  private static final String TYPE = "application/octet-stream";

  private final S3Store store;
  private final S3Calls calls;
  private final S3Names names;
  private final PartWriter<CompletedPart> parts;
  private volatile boolean isNoted;
  private @Nullable String multipartId;
  private boolean isPublishing;
  private boolean isClosed;

  S3Upload(
      S3Store store, S3Calls calls, UploadMemory memory, S3Names names, OptionalLong sizeBytes) {
    this.store = store;
    this.calls = calls;
    this.names = names;
    this.parts =
        new PartWriter<>(
            store.info().name(),
            memory,
            partBytes(store.config(), sizeBytes),
            store.config().minPartSize().asLongValue(),
            this::send);
  }

  /** As configured, or more where that is too many parts and the memory allows it. */
  private static long partBytes(S3Config config, OptionalLong sizeBytes) {
    long wanted = Math.ceilDiv(sizeBytes.orElse(0), config.maxParts());
    return Math.clamp(
        wanted, config.largeObjectChunkSize().asLongValue(), config.uploadBuffer().asLongValue());
  }

  @Override
  public void write(ByteBuffer bytes) {
    requireOpen();
    parts.write(bytes);
  }

  private CompletedPart send(int number, List<ByteBuffer> bytes) {
    if (number > store.config().maxParts()) {
      throw new StoreException.Full(
          "store " + store.info().name() + ": the image has more parts than an object may have",
          null);
    }
    String id = multipart();
    UploadPartResponse part;
    try {
      part =
          calls.call(
              "a part",
              client ->
                  client.uploadPart(
                      request ->
                          request
                              .bucket(names.bucket())
                              .key(names.published())
                              .uploadId(id)
                              .partNumber(number)
                              .overrideConfiguration(calls.within(PiecesStream.bytes(bytes))),
                      body(bytes)));
    } catch (StoreException.NotFound e) {
      throw discarded(e);
    }
    return CompletedPart.builder()
        .partNumber(number)
        .eTag(part.eTag())
        .checksumCRC32(part.checksumCRC32())
        .build();
  }

  private StoreException discarded(StoreException e) {
    return new StoreException.Cancelled(
        "store " + store.info().name() + ": the upload was discarded meanwhile", e);
  }

  /** The multipart upload, begun by whoever asks first. */
  private synchronized String multipart() {
    if (multipartId == null) {
      isNoted = true;
      store.putNote(names, "");
      String begun =
          calls.call(
              "a multipart upload",
              client ->
                  client
                      .createMultipartUpload(
                          request ->
                              request
                                  .bucket(names.bucket())
                                  .key(names.published())
                                  .contentType(TYPE)
                                  .metadata(store.mark(names)))
                      .uploadId());
      store.putNote(names, begun);
      multipartId = begun;
    }
    return multipartId;
  }

  private static RequestBody body(List<ByteBuffer> bytes) {
    return RequestBody.fromContentProvider(
        () -> new PiecesStream(bytes), PiecesStream.bytes(bytes), TYPE);
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
      publish(parts.finish());
      store.abortMultiparts(names);
    }
    isClosed = true;
    parts.stop(store.config().timeout());
    return store.at(names.bucket(), names.published());
  }

  private void publishWhole(List<ByteBuffer> bytes) {
    requireFree();
    isPublishing = true;
    try {
      store.makingBucket(
          () ->
              calls.call(
                  "an object",
                  client ->
                      client.putObject(
                          request ->
                              request
                                  .bucket(names.bucket())
                                  .key(names.published())
                                  .ifNoneMatch("*")
                                  .metadata(store.mark(names))
                                  .overrideConfiguration(calls.within(PiecesStream.bytes(bytes))),
                          body(bytes))));
    } catch (StoreException e) {
      requireOurs(e);
    }
  }

  private void publish(List<CompletedPart> all) {
    requireFree();
    isPublishing = true;
    String id = multipart();
    try {
      calls.call(
          "the completion of a multipart upload",
          client ->
              client.completeMultipartUpload(
                  request ->
                      request
                          .bucket(names.bucket())
                          .key(names.published())
                          .uploadId(id)
                          .ifNoneMatch("*")
                          .multipartUpload(upload -> upload.parts(all))));
    } catch (StoreException.NotFound e) {
      if (!store.isPublishedBy(names)) {
        throw discarded(e);
      }
    } catch (StoreException e) {
      requireOurs(e);
    }
  }

  private void requireFree() {
    if (store.isTaken(names)) {
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
    parts.stop(store.config().timeout());
    if (isPublishing) {
      store.deletePublished(names);
    }
    if (isNoted) {
      store.abortMultiparts(names);
    }
  }

  private void requireOpen() {
    if (isClosed) {
      throw new StoreException.Cancelled("the upload is closed", null);
    }
  }
}
