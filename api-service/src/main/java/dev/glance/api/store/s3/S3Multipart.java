package dev.glance.api.store.s3;

import dev.glance.api.store.StoreException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** A multipart upload to one name, begun with its first part. Thread-safe. */
final class S3Multipart {
  /** What images are to S3. */
  static final String TYPE = "application/octet-stream";

  private final S3Calls calls;
  private final String bucket;
  private final String key;
  private final Map<String, String> metadata;
  private final ExecutorService unhurried;
  private final Consumer<String> noting;
  private final ConcurrentSkipListMap<Integer, CompletedPart> parts = new ConcurrentSkipListMap<>();
  private @Nullable Future<String> id;

  /**
   * One that has not begun.
   *
   * @param unhurried where it begins: its threads are waited for, and not interrupted
   * @param noting told an empty text before it begins, and its id before there are parts
   */
  S3Multipart(
      S3Calls calls,
      String bucket,
      String key,
      Map<String, String> metadata,
      ExecutorService unhurried,
      Consumer<String> noting) {
    this.calls = calls;
    this.bucket = bucket;
    this.key = key;
    this.metadata = metadata;
    this.unhurried = unhurried;
    this.noting = noting;
  }

  /** Its id; whoever asks first begins it. */
  String id() {
    return calls.join(begun(), "a multipart upload");
  }

  private synchronized Future<String> begun() {
    if (id == null) {
      id = unhurried.submit(this::begin);
    }
    return id;
  }

  private String begin() {
    noting.accept("");
    String begun =
        calls.call(
            "a multipart upload",
            client ->
                client
                    .createMultipartUpload(
                        request ->
                            request.bucket(bucket).key(key).contentType(TYPE).metadata(metadata))
                    .uploadId());
    noting.accept(begun);
    return begun;
  }

  /**
   * Sends a part.
   *
   * @return how many there are now
   */
  int send(int number, List<ByteBuffer> bytes) {
    String uploadId = id();
    UploadPartResponse sent =
        calls.call(
            "a part",
            client ->
                client.uploadPart(
                    request ->
                        request
                            .bucket(bucket)
                            .key(key)
                            .uploadId(uploadId)
                            .partNumber(number)
                            .overrideConfiguration(calls.within(PiecesStream.bytes(bytes))),
                    body(bytes)));
    return add(
        CompletedPart.builder()
            .partNumber(number)
            .eTag(sent.eTag())
            .checksumCRC32(sent.checksumCRC32())
            .build());
  }

  /** So that of two that arrive together only one is the last. */
  private synchronized int add(CompletedPart part) {
    parts.put(part.partNumber(), part);
    return parts.size();
  }

  /**
   * Has the server copy an object in as a part.
   *
   * @param bytes its length, at most 5 GiB
   */
  void copy(int number, String from, long bytes) {
    String uploadId = id();
    String etag =
        calls.call(
            "the copy of a part",
            client ->
                client
                    .uploadPartCopy(
                        request ->
                            request
                                .sourceBucket(bucket)
                                .sourceKey(from)
                                .destinationBucket(bucket)
                                .destinationKey(key)
                                .uploadId(uploadId)
                                .partNumber(number)
                                .overrideConfiguration(calls.within(bytes)))
                    .copyPartResult()
                    .eTag());
    int _ = add(CompletedPart.builder().partNumber(number).eTag(etag).build());
  }

  /**
   * Makes the parts an object, if it has no name that is taken and the server heeds that.
   *
   * @throws StoreException.NotFound when there is no such upload any more
   */
  void complete() {
    String uploadId = id();
    List<CompletedPart> all = List.copyOf(parts.values());
    calls.call(
        "the completion of a multipart upload",
        client ->
            client.completeMultipartUpload(
                request ->
                    request
                        .bucket(bucket)
                        .key(key)
                        .uploadId(uploadId)
                        .ifNoneMatch("*")
                        .multipartUpload(upload -> upload.parts(all))));
  }

  /** Bytes in several buffers, which may be sent several times. */
  static RequestBody body(List<ByteBuffer> bytes) {
    return RequestBody.fromContentProvider(
        () -> new PiecesStream(bytes), PiecesStream.bytes(bytes), TYPE);
  }
}
