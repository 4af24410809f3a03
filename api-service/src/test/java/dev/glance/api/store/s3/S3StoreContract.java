package dev.glance.api.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreContract;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The contract, and what S3 promises besides, in a bucket of each test's own. */
abstract class S3StoreContract extends StoreContract {
  private final RealS3 s3;
  private final String bucket = "b-" + UUID.randomUUID();

  S3StoreContract(RealS3 s3) {
    this.s3 = s3;
  }

  @BeforeEach
  void makeBucket() {
    s3.raw().createBucket(request -> request.bucket(bucket));
  }

  @Override
  protected Store open() {
    return open(Map.of());
  }

  private S3Store open(Map<String, String> more) {
    return new S3Store("cloud", null, 0, s3.config(bucket, more));
  }

  @Override
  protected long leftovers() {
    return (long) names().size() + uploads().size();
  }

  private List<String> names() {
    return s3.raw().listObjectsV2(request -> request.bucket(bucket)).contents().stream()
        .map(S3Object::key)
        .toList();
  }

  private List<String> uploads() {
    return s3.raw().listMultipartUploads(request -> request.bucket(bucket)).uploads().stream()
        .map(MultipartUpload::uploadId)
        .toList();
  }

  private List<String> uploadKeys() {
    return s3.raw().listMultipartUploads(request -> request.bucket(bucket)).uploads().stream()
        .map(MultipartUpload::key)
        .toList();
  }

  @Override
  protected long openHandles() {
    return ((S3Store) store).memoryInUse();
  }

  @Override
  protected StoreLocation absent() {
    return StoreLocation.of("s3+http://127.0.0.1:" + s3.port() + "/nowhere/nothing");
  }

  @Override
  protected Stream<String> foreignLocations() {
    String host = "127.0.0.1:" + s3.port();
    return Stream.of(
        "s3+http://127.0.0.1:1/glance/x",
        "s3+https://" + host + "/glance/x",
        "s3+http://" + host + "/glance",
        "s3+http://" + host + "/glance/",
        "s3+http://" + host + "//x",
        "s3+http://" + host + "/glance/x/y",
        "s3+http://" + host + "/glance/x?uploadId=1",
        "s3+http://" + host + "/glance/%2e%2e",
        "s3+http://" + host + "/../x",
        "s3+http://key:secret@evil@" + host + "/glance/x",
        "s3+http://key:secret@127.0.0.1:1/glance/x",
        "http://" + host + "/glance/x",
        "file:///glance/x",
        "x");
  }

  @Test
  void aLocationIsUpstreamsFormWithoutCredentials() {
    UploadKey key = key();

    StoreLocation at = put(key, randomBytes(1));

    assertThat(at.uri())
        .hasToString("s3+http://127.0.0.1:" + s3.port() + "/" + bucket + "/" + key.imageId());
    assertThat(names()).containsExactly(key.imageId());
    store.delete(at);
  }

  @Test
  void oldLocationsAreReadWithTheConfiguredCredentials() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(10));
    String place = "127.0.0.1:" + s3.port() + "/" + bucket + "/" + key.imageId();

    for (String form : List.of("s3+http://old:s/e+c%2Fret@", "s3://old:secret@", "s3://")) {
      StoreLocation old = StoreLocation.of(form + place);
      assertThat(store.holds(old)).as(form).isTrue();
      assertThat(readAll(old, 2, 8)).as(form).isEqualTo(readAll(at, 2, 8));
    }
    assertThat(store.delete(StoreLocation.of("s3://old:secret@" + place))).isTrue();
  }

  @Test
  void anObjectOfManyPartsIsPutTogetherByTheServer() {
    Map<String, String> few = Map.of("large-object-chunk-size", "100K", "max-parts", "4");
    byte[] bytes = randomBytes(10 * 100 * 1024 - 5);
    try (S3Store small = open(few)) {
      UploadKey key = key();
      StoreLocation at;
      try (Upload upload = small.upload(key, OptionalLong.empty())) {
        upload.write(ByteBuffer.wrap(bytes));
        at = upload.commit();
      }

      assertThat(names()).containsExactly(key.imageId());
      assertThat(uploads()).isEmpty();
      assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
      store.delete(at);

      try (Upload upload = small.upload(key(), OptionalLong.empty())) {
        upload.write(ByteBuffer.wrap(bytes));
        assertThatThrownBy(
                () -> {
                  upload.write(ByteBuffer.wrap(randomBytes(100 * 1024)));
                  upload.commit();
                })
            .isInstanceOf(StoreException.Full.class);
      }
    }
  }

  @Test
  void whatACrashLeftOfALongUploadIsDiscarded() {
    S3Store crashing = open(Map.of("large-object-chunk-size", "100K", "max-parts", "4"));
    UploadKey key = key();
    Upload dead = crashing.upload(key, OptionalLong.empty());
    dead.write(ByteBuffer.wrap(randomBytes(9 * 100 * 1024)));
    while (uploadKeys().stream().noneMatch(name -> name.endsWith("-part-00004"))
        || names().size() > 1) {
      Thread.onSpinWait();
    }
    crashing.close();
    s3.raw()
        .putObject(
            request -> request.bucket(bucket).key(key.attemptName() + "-part-00003"),
            RequestBody.fromString("as if it ended before its deletion"));

    assertThat(listed())
        .allMatch(StoredObject::isLeftover)
        .allMatch(object -> UUID.fromString(key.imageId()).equals(object.imageId()));
    store.discard(key);
  }

  @Test
  void aLongDownloadComesInPiecesAtOnce() {
    byte[] bytes = randomBytes(3 * BUFFER + 5);
    StoreLocation at = put(key(), bytes);
    for (String memory : List.of("1M", "2M", "8M")) {
      try (S3Store parallel =
          open(Map.of("download-chunk-size", "300K", "download-buffer", memory))) {
        assertThat(readAll(parallel, at, 3, bytes.length - 4))
            .isEqualTo(Arrays.copyOfRange(bytes, 3, bytes.length - 1));
        assertThatThrownBy(() -> parallel.read(at, new ByteRange(3, bytes.length)))
            .isInstanceOf(StoreException.NotFound.class);
        assertThat(parallel.memoryInUse()).isZero();
      }
    }
    store.delete(at);
  }

  private static byte[] readAll(Store store, StoreLocation at, long offset, long length) {
    try (InputStream in =
        ((ImageBytes.Stream) store.read(at, new ByteRange(offset, length))).in()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anUploadThatWaitsForItsClientKeepsNobodyFromUploading() {
    byte[] bytes = randomBytes(3 * BUFFER);
    try (S3Store full = open(Map.of("large-object-chunk-size", "4M", "min-part-size", "2M"));
        Upload waiting = full.upload(key(), OptionalLong.empty())) {
      waiting.write(ByteBuffer.wrap(randomBytes(4 * BUFFER)));
      assertThat(full.memoryInUse()).isEqualTo(4);
      StoreLocation at;
      try (Upload upload = full.upload(key(), OptionalLong.empty())) {
        upload.write(ByteBuffer.wrap(bytes));
        at = upload.commit();
      }

      assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
      store.delete(at);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 3 * BUFFER})
  void theChecksumsThatAmazonsServerWantsAreTaken(int size) {
    Map<String, String> checked =
        Map.of(
            "request-checksum-calculation",
            "when-supported",
            "response-checksum-validation",
            "when-supported");
    byte[] bytes = randomBytes(size);
    try (S3Store checking = open(checked);
        Upload upload = checking.upload(key(), OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(bytes));
      StoreLocation at = upload.commit();

      assertThat(readAll(checking, at, 0, size)).isEqualTo(bytes);
      store.delete(at);
    }
  }

  @Test
  void aMissingBucketIsAFaultUnlessItMayBeMade() {
    s3.raw().deleteBucket(request -> request.bucket(bucket));
    try (S3Store strict = open(Map.of("create-bucket-on-put", "false"))) {
      assertThatThrownBy(strict::check)
          .isInstanceOf(StoreException.Unavailable.class)
          .hasMessageContaining(bucket);
      for (int size : new int[] {1, 3 * BUFFER}) {
        assertThatThrownBy(
                () -> {
                  try (Upload upload = strict.upload(key(), OptionalLong.of(size))) {
                    upload.write(ByteBuffer.wrap(new byte[size]));
                    upload.commit();
                  }
                })
            .isInstanceOf(StoreException.Unavailable.class)
            .hasMessageContaining("there is no bucket " + bucket);
      }
    }
    store.check();
    store.delete(put(key(), randomBytes(3 * BUFFER)));
    store.check();
  }

  @Test
  void wrongCredentialsAreDenied() {
    try (S3Store stranger = open(Map.of("secret-key", "wrong"))) {
      assertThatThrownBy(stranger::check).isInstanceOf(StoreException.Denied.class);
    }
    try (S3Store stranger = open(Map.of("access-key", "nobody"))) {
      assertThatThrownBy(stranger::check).isInstanceOf(StoreException.Denied.class);
    }
  }

  @Test
  void discardLeavesWhatAnotherAttemptPublishedOrIsUploading() {
    UploadKey key = key();
    byte[] bytes = randomBytes(3 * BUFFER);
    StoreLocation at;
    try (Upload running = store.upload(key, OptionalLong.empty())) {
      running.write(ByteBuffer.wrap(bytes));
      try (Upload other = store.upload(again(key), OptionalLong.empty())) {
        other.write(ByteBuffer.wrap(bytes));
      }

      store.discard(again(key));
      at = running.commit();
    }
    store.discard(again(key));

    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    assertThat(uploads()).isEmpty();
    store.delete(at);
  }

  @Test
  void whatACrashLeftIsLeftoverAndDiscarded() {
    UploadKey key = key();
    S3Store crashing = open(Map.of());
    Upload dead = crashing.upload(key, OptionalLong.empty());
    dead.write(ByteBuffer.wrap(randomBytes(3 * BUFFER)));
    while (partsOf(key) < 2) {
      Thread.onSpinWait();
    }
    crashing.close();

    assertThat(listed())
        .hasSize(2)
        .allMatch(StoredObject::isLeftover)
        .allMatch(object -> UUID.fromString(key.imageId()).equals(object.imageId()))
        .anyMatch(object -> object.bytes() == 2 * BUFFER);
    store.discard(key);
  }

  private int partsOf(UploadKey key) {
    return uploads().stream()
        .mapToInt(
            id ->
                s3.raw()
                    .listParts(request -> request.bucket(bucket).key(key.imageId()).uploadId(id))
                    .parts()
                    .size())
        .sum();
  }

  @Test
  void anObjectThatIsNoneOfOursIsForeign() {
    s3.raw()
        .putObject(
            request -> request.bucket(bucket).key("read me.txt"), RequestBody.fromString("abc"));

    assertThat(listed())
        .singleElement()
        .matches(object -> object.imageId() == null && !object.isLeftover())
        .satisfies(object -> assertThat(store.remove(object)).isTrue());
  }
}
