package dev.glance.api.store.s3;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.TransferMemory;
import dev.glance.api.store.Upload;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.UploadKey;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CreateBucketConfiguration;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Keeps each image as an object {@code <object name>} of one bucket, located as {@code
 * s3+https://<host>/<bucket>/<object name>}, or {@code s3+http://…}. Older locations, which hold
 * credentials before the host, and those of the form {@code s3://…} are read as well, at the
 * configured host only and with the configured credentials (API reference sections 6.2 and 6.8).
 */
public final class S3Store implements Store {
  /** For looking whether S3 is there at all. */
  private static final Duration SHORT = Duration.ofSeconds(10);

  /** On a published object: which upload made it. */
  private static final String UPLOAD = "glance-upload";

  /** What Amazon's server takes a bucket's creation for that names none. */
  private static final String FIRST_REGION = "us-east-1";

  private static final Pattern PUBLISHED_NAME = Pattern.compile("([^.]+)(?:\\.\\d+)?");
  private static final Pattern LEFT_NAME = Pattern.compile("(.{36})\\.\\d+-.+");
  private static final Pattern URL =
      Pattern.compile("s3(?:\\+(https?))?://(?:[^@]*@)?([^@/]+)/([^/?#]+)/([^/?#]+)");

  private final StoreInfo info;
  private final S3Config config;
  private final TransferMemory memory;
  private final TransferMemory downloadMemory;
  private final S3Calls calls;

  private record Place(String bucket, String key) {}

  /** What tells an object from others of its name, as listings show it. */
  private record ObjectMark(String key, String etag, Instant changedAt) {}

  private record UploadMark(String key, String uploadId) {}

  /** Which multipart upload an attempt made; an empty id where it is about to begin. */
  private record Note(String published, String uploadId) {}

  /**
   * Makes the store; S3 is not asked for anything yet.
   *
   * @throws IllegalArgumentException when a file that the settings name cannot be used
   */
  public S3Store(String name, @Nullable String description, int weight, S3Config config) {
    this.config = config;
    this.info =
        new StoreInfo(
            name,
            "s3",
            description,
            weight,
            EnumSet.complementOf(EnumSet.of(Capability.SHARE)),
            Map.of(
                "s3_store_large_object_size",
                config.largeObjectChunkSize().asLongValue(),
                "s3_store_large_object_chunk_size",
                config.largeObjectChunkSize().asLongValue(),
                "s3_store_thread_pools",
                config.uploadBuffer().asLongValue() / config.largeObjectChunkSize().asLongValue()));
    this.memory = new TransferMemory(config.uploadBuffer().asLongValue());
    this.downloadMemory = new TransferMemory(config.downloadBuffer().asLongValue());
    this.calls = new S3Calls(name, config);
  }

  S3Config config() {
    return config;
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  private String bucket() {
    return config.bucket().orElseThrow();
  }

  @Override
  public void check() {
    Duration limit = config.timeout().compareTo(SHORT) < 0 ? config.timeout() : SHORT;
    try {
      calls.look(
          "the bucket",
          client ->
              client.headBucket(
                  request ->
                      request
                          .bucket(bucket())
                          .overrideConfiguration(
                              AwsRequestOverrideConfiguration.builder()
                                  .apiCallTimeout(limit)
                                  .build())));
    } catch (StoreException.NotFound e) {
      if (!config.createBucketOnPut()) {
        throw noBucket(e);
      }
    }
  }

  private StoreException noBucket(StoreException e) {
    return new StoreException.Unavailable(
        "store " + info.name() + ": there is no bucket " + bucket(), e);
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    return new S3Upload(this, calls, memory, names(key), sizeBytes);
  }

  private S3Names names(UploadKey key) {
    return new S3Names(bucket(), key);
  }

  /** What the objects of an attempt say of themselves. */
  Map<String, String> mark(S3Names names) {
    return Map.of(UPLOAD, names.key().uploadId());
  }

  /**
   * Writes, and once more after it has made the bucket where that is missing and may be made.
   *
   * @throws StoreException.Unavailable when it may not
   */
  void makingBucket(Runnable write) {
    try {
      write.run();
    } catch (StoreException.NotFound e) {
      if (!S3Errors.isNoBucket(e)) {
        throw e;
      }
      if (!config.createBucketOnPut()) {
        throw noBucket(e);
      }
      createBucket();
      write.run();
    }
  }

  private void createBucket() {
    CreateBucketConfiguration where =
        CreateBucketConfiguration.builder().locationConstraint(config.regionName()).build();
    calls.call(
        "the creation of the bucket",
        client ->
            client.createBucket(
                request -> {
                  request.bucket(bucket());
                  if (!config.regionName().equals(FIRST_REGION)) {
                    request.createBucketConfiguration(where);
                  }
                }));
  }

  /** What was published goes first: nobody shall read an image that is disappearing. */
  @Override
  public void discard(UploadKey key) {
    S3Names names = names(key);
    deletePublished(names);
    abortMultiparts(names);
  }

  /** Removes the final name where it is this attempt's. */
  void deletePublished(S3Names names) {
    if (isPublishedBy(names)) {
      deleteObject(names.bucket(), names.published());
    }
  }

  /** Whether there is such an object, whoever's. */
  boolean isThere(String bucket, String key) {
    return head(bucket, key).isPresent();
  }

  /** Whether the final name is there and this attempt's. */
  boolean isPublishedBy(S3Names names) {
    return head(names.bucket(), names.published())
        .filter(found -> names.key().uploadId().equals(found.metadata().get(UPLOAD)))
        .isPresent();
  }

  /** Notes which multipart upload is an attempt's; an empty id before it begins. */
  void putNote(S3Names names, String uploadId) {
    RequestBody text = RequestBody.fromString(names.published() + "\n" + uploadId);
    makingBucket(
        () ->
            calls.call(
                "a note",
                client ->
                    client.putObject(
                        request -> request.bucket(names.bucket()).key(names.note()), text)));
  }

  private Optional<Note> note(String key) {
    try {
      String text =
          calls.call(
              "a note",
              client ->
                  client
                      .getObjectAsBytes(request -> request.bucket(bucket()).key(key))
                      .asUtf8String());
      String[] lines = text.split("\n", 2);
      return Optional.of(new Note(lines[0], lines.length > 1 ? lines[1] : ""));
    } catch (StoreException.NotFound _) {
      return Optional.empty();
    }
  }

  /**
   * Aborts the multipart uploads that an attempt has begun, if any, and removes its note and what
   * was to be copied in. An upload that nobody has noted, as its beginning got no answer, is this
   * attempt's unless another with the same final name is about.
   */
  void abortMultiparts(S3Names names) {
    Optional<Note> own = note(names.note());
    if (own.isEmpty()) {
      return;
    }
    List<String> others = new ArrayList<>();
    List<String> joined = new ArrayList<>();
    listObjects(
        names.key().imageId() + ".",
        object -> {
          if (object.key().startsWith(names.prefix())) {
            joined.add(object.key());
          } else if (object.key().endsWith(S3Names.NOTE_END)) {
            others.add(object.key());
          }
        });
    joined.remove(names.note());
    boolean isAlone =
        others.stream()
            .flatMap(key -> note(key).stream())
            .noneMatch(other -> other.published().equals(names.published()));
    listMultiparts(
        names.key().imageId(),
        upload -> {
          boolean isImage = upload.key().equals(names.published());
          boolean isOwn = isAlone || upload.uploadId().equals(own.get().uploadId());
          if ((isImage && isOwn) || upload.key().startsWith(names.prefix())) {
            abort(upload.key(), upload.uploadId());
          }
        });
    joined.forEach(key -> deleteObject(names.bucket(), key));
    deleteObject(names.bucket(), names.note());
  }

  /** False when it was already gone. */
  private boolean abort(String key, String uploadId) {
    try {
      calls.call(
          "the end of a multipart upload",
          client ->
              client.abortMultipartUpload(
                  request -> request.bucket(bucket()).key(key).uploadId(uploadId)));
      return true;
    } catch (StoreException.NotFound _) {
      return false;
    }
  }

  /** Deletes an object, which may be gone. */
  void deleteObject(String bucket, String key) {
    try {
      calls.call(
          "a deletion", client -> client.deleteObject(request -> request.bucket(bucket).key(key)));
    } catch (StoreException.NotFound _) {
      // The bucket is gone, too.
    }
  }

  private Optional<HeadObjectResponse> head(String bucket, String key) {
    try {
      return Optional.of(
          calls.call(
              "an object's size",
              client -> client.headObject(request -> request.bucket(bucket).key(key))));
    } catch (StoreException.NotFound _) {
      return Optional.empty();
    }
  }

  StoreLocation at(String bucket, String key) {
    URI host = config.host().orElseThrow();
    return new StoreLocation(
        URI.create(
            "s3+"
                + host.getScheme()
                + "://"
                + host.getRawAuthority()
                + "/"
                + encode(bucket)
                + "/"
                + encode(key)));
  }

  private static String encode(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
    Place place = place(at);
    if (range.length() == 0) {
      requireFound(place);
      return new ImageBytes.Stream(new ByteArrayInputStream(new byte[0]), 0);
    }
    S3ParallelDownload.Source source =
        (piece, sameAs) ->
            new S3Download(
                info.name(),
                calls,
                place.bucket(),
                place.key(),
                piece,
                config.retryGetCount(),
                sameAs);
    long pieceBytes = config.downloadChunkSize().asLongValue();
    InputStream in =
        config.downloadThreads() == 1 || range.length() <= pieceBytes
            ? source.open(range, null)
            : new S3ParallelDownload(
                info.name(),
                source,
                downloadMemory,
                range,
                config.downloadThreads(),
                pieceBytes,
                config.timeout());
    return new ImageBytes.Stream(in, range.length());
  }

  @Override
  public boolean holds(StoreLocation at) {
    return find(at).isPresent();
  }

  @Override
  public OptionalLong size(StoreLocation at) {
    return OptionalLong.of(requireFound(place(at)).contentLength());
  }

  private HeadObjectResponse requireFound(Place place) {
    return head(place.bucket(), place.key())
        .orElseThrow(
            () ->
                new StoreException.NotFound("store " + info.name() + " holds nothing there", null));
  }

  @Override
  public boolean delete(StoreLocation at) {
    Place place = place(at);
    boolean isThere = isThere(place.bucket(), place.key());
    if (isThere) {
      deleteObject(place.bucket(), place.key());
    }
    return isThere;
  }

  /** Names notes and multipart uploads as leftovers, too. */
  @Override
  public void list(Consumer<StoredObject> each) {
    listObjects("", object -> each.accept(stored(object)));
    listMultiparts("", upload -> each.accept(stored(upload)));
  }

  private StoredObject stored(S3Object object) {
    Matcher left = LEFT_NAME.matcher(object.key());
    UUID leftBy = left.matches() ? ImageId.parse(left.group(1)).orElse(null) : null;
    return new StoredObject(
        at(bucket(), object.key()),
        leftBy == null ? image(object.key()) : leftBy,
        leftBy != null,
        object.size(),
        object.lastModified(),
        mark(object));
  }

  private static ObjectMark mark(S3Object object) {
    return new ObjectMark(object.key(), object.eTag(), object.lastModified());
  }

  private static @Nullable UUID image(String key) {
    Matcher published = PUBLISHED_NAME.matcher(key);
    return published.matches() ? ImageId.parse(published.group(1)).orElse(null) : null;
  }

  private StoredObject stored(MultipartUpload upload) {
    Matcher left = LEFT_NAME.matcher(upload.key());
    return new StoredObject(
        StoreLocation.of(
            at(bucket(), upload.key()).uri() + "?uploadId=" + encode(upload.uploadId())),
        left.matches() ? ImageId.parse(left.group(1)).orElse(null) : image(upload.key()),
        true,
        partBytes(upload),
        upload.initiated(),
        new UploadMark(upload.key(), upload.uploadId()));
  }

  private long partBytes(MultipartUpload upload) {
    try {
      return calls.call(
          "the parts of an upload",
          client ->
              client
                  .listPartsPaginator(
                      request ->
                          request.bucket(bucket()).key(upload.key()).uploadId(upload.uploadId()))
                  .parts()
                  .stream()
                  .mapToLong(Part::size)
                  .sum());
    } catch (StoreException.NotFound _) {
      return 0;
    }
  }

  /** Those whose names begin so, in their order; none where there is no bucket. */
  private void listObjects(String prefix, Consumer<S3Object> each) {
    String next = null;
    do {
      String from = next;
      ListObjectsV2Response page;
      try {
        page =
            calls.call(
                "a listing",
                client ->
                    client.listObjectsV2(
                        request ->
                            request.bucket(bucket()).prefix(prefix).continuationToken(from)));
      } catch (StoreException.NotFound _) {
        return;
      }
      page.contents().forEach(each);
      next = page.nextContinuationToken();
    } while (next != null);
  }

  private void listMultiparts(String prefix, Consumer<MultipartUpload> each) {
    String nextKey = null;
    String nextId = null;
    do {
      String fromKey = nextKey;
      String fromId = nextId;
      ListMultipartUploadsResponse page;
      try {
        page =
            calls.call(
                "a listing of uploads",
                client ->
                    client.listMultipartUploads(
                        request ->
                            request
                                .bucket(bucket())
                                .prefix(prefix)
                                .keyMarker(fromKey)
                                .uploadIdMarker(fromId)));
      } catch (StoreException.NotFound _) {
        return;
      }
      page.uploads().forEach(each);
      boolean isMore = Boolean.TRUE.equals(page.isTruncated());
      nextKey = isMore ? page.nextKeyMarker() : null;
      nextId = isMore ? page.nextUploadIdMarker() : null;
    } while (nextKey != null);
  }

  /**
   * What takes the name between look and deletion is lost: few servers delete on a condition. So
   * are the same bytes written again within the second, as most give no finer times.
   */
  @Override
  public boolean remove(StoredObject object) {
    if (object.mark() instanceof UploadMark(String key, String uploadId)) {
      return abort(key, uploadId);
    }
    Place place = place(object.at());
    boolean[] isSame = new boolean[1];
    listObjects(place.key(), found -> isSame[0] |= mark(found).equals(object.mark()));
    if (isSame[0]) {
      deleteObject(place.bucket(), place.key());
    }
    return isSame[0];
  }

  private Place place(StoreLocation at) {
    return find(at)
        .orElseThrow(
            () ->
                new StoreException.BadLocation(
                    "the location is not of store " + info.name(), null));
  }

  /** Requests go to the server that the operator has chosen only, not to those that users name. */
  private Optional<Place> find(StoreLocation at) {
    URI host = config.host().orElseThrow();
    Matcher url = URL.matcher(at.uri().toString());
    boolean isOurs =
        url.matches()
            && Objects.requireNonNullElse(url.group(1), host.getScheme()).equals(host.getScheme())
            && url.group(2).equals(host.getRawAuthority());
    if (!isOurs) {
      return Optional.empty();
    }
    String bucket = decode(url.group(3));
    String key = decode(url.group(4));
    return isName(bucket) && isName(key) && !bucket.contains("/")
        ? Optional.of(new Place(bucket, key))
        : Optional.empty();
  }

  private static boolean isName(String name) {
    return !name.isEmpty() && !name.equals(".") && !name.equals("..");
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Uploads and downloads under way fail. */
  @Override
  public void close() {
    calls.close();
  }

  /** How many pieces of memory uploads and downloads hold. */
  int memoryInUse() {
    return memory.used(config.uploadBuffer().asLongValue())
        + downloadMemory.used(config.downloadBuffer().asLongValue());
  }
}
