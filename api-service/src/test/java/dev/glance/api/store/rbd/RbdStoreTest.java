package dev.glance.api.store.rbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.check.CheckedImage;
import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Lender;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreContract;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Upload;
import dev.glance.api.store.UpstreamStore;
import dev.glance.model.registry.UploadKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract against a real Ceph. */
class RbdStoreTest extends StoreContract {
  private static RealCeph ceph;
  private static String fsid;

  @BeforeAll
  static void startCeph() throws IOException {
    ceph = RealCeph.running();
    fsid = ceph.run("ceph", "fsid").strip();
  }

  @Override
  protected Store open() {
    return open(Map.of());
  }

  private static RbdStore open(Map<String, String> more) {
    return new RbdStore("ceph", null, 0, ceph.config(more));
  }

  /** Objects of whatever kind, but for those that a pool keeps once it had an image. */
  @Override
  protected long leftovers() {
    return objects().stream()
        .filter(
            name ->
                !List.of("rbd_directory", "rbd_info", "rbd_children", "rbd_trash").contains(name))
        .count();
  }

  private static List<String> objects() {
    return ceph.run("rados", "-p", "images", "ls").lines().toList();
  }

  private static long dataObjects() {
    return bytesOf("images").size();
  }

  private static List<String> bytesOf(String pool) {
    return ceph.run("rados", "-p", pool, "ls")
        .lines()
        .filter(name -> name.startsWith("rbd_data."))
        .toList();
  }

  @Override
  protected long openHandles() {
    return ((RbdStore) store).inUse();
  }

  @Override
  protected StoreLocation absent() {
    return StoreLocation.of("rbd://" + fsid + "/images/nothing/snap");
  }

  @Override
  protected Stream<String> foreignLocations() {
    return Stream.of(
        "rbd://00000000-0000-0000-0000-000000000001/images/x/snap",
        "rbd://" + fsid + "/volumes/x/snap",
        "rbd://" + fsid + "/images/x",
        "rbd://" + fsid + "/images/x/",
        "rbd://" + fsid + "/images//snap",
        "rbd://" + fsid + "/images/x/snap/y",
        "rbd://" + fsid + "/images/x/snap?y",
        "file:///images/x",
        "x");
  }

  @Test
  void aLocationIsUpstreamsAndItsSnapshotIsProtected() {
    UploadKey key = key();

    StoreLocation at = put(key, randomBytes(1));

    assertThat(at.uri()).hasToString("rbd://" + fsid + "/images/" + key.imageId() + "/snap");
    assertThat(ceph.run("rbd", "-p", "images", "ls").lines()).containsExactly(key.imageId());
    assertThat(ceph.run("rbd", "snap", "ls", "images/" + key.imageId(), "--format", "json"))
        .contains("\"name\":\"snap\",\"size\":1,\"protected\":\"true\"");
    assertThat(ceph.run("rbd", "info", "images/" + key.imageId()))
        .contains("order 23 (8 MiB objects)")
        .containsPattern("features: layering\\s");
    store.delete(at);
  }

  @Test
  void namesInALocationArePercentEncoded() {
    ceph.run("rbd", "create", "images/a b+c", "--size", "1");
    ceph.run("rbd", "snap", "create", "images/a b+c@other");
    StoreLocation at = StoreLocation.of("rbd://" + fsid + "/images/a%20b%2Bc/other");

    assertThat(store.size(at)).hasValue(1 << 20);
    assertThat(listed())
        .singleElement()
        .matches(object -> object.imageId() == null && !object.isLeftover());
    assertThat(store.delete(at)).isTrue();
  }

  @Test
  void theOldFormOfALocationIsReadAndDeletedAndNoOrphan() {
    UploadKey key = key();
    byte[] bytes = randomBytes(BUFFER + 1);
    put(key, bytes);
    StoreLocation old = StoreLocation.of("rbd://" + key.imageId());
    CheckedImage checked = new CheckedImage(store, key.imageId(), old, bytes.length, md5(bytes));

    assertThat(checked.repair()).isEmpty();
    assertThat(readAll(old, 0, bytes.length)).isEqualTo(bytes);
    assertThat(store.delete(old)).isTrue();
  }

  @Test
  void whatUpstreamStoredIsReadAndDeleted() throws IOException {
    byte[] bytes = randomBytes(5 * BUFFER + 3);
    String id = key().imageId();

    String url =
        UpstreamStore.write(
            "rbd",
            id,
            bytes,
            "rbd_store_ceph_conf=" + ceph.configuration(),
            "rbd_store_user=glance",
            "rbd_store_chunk_size=1");

    assertThat(url).isEqualTo("rbd://" + fsid + "/images/" + id + "/snap");
    assertImage(url, id, bytes);
  }

  @Test
  void whatCephImportsIsRead() throws IOException {
    byte[] bytes = randomBytes(5 * BUFFER + 3);
    Path file = Files.createTempFile("rbd-", ".raw");
    Files.write(file, bytes);
    ceph.run("rbd", "import", "--no-progress", file.toString(), "images/other");
    Files.delete(file);
    ceph.run("rbd", "snap", "create", "images/other@snap");
    StoreLocation at = StoreLocation.of("rbd://" + fsid + "/images/other/snap");

    assertThat(readAll(at, 7, bytes.length - 7))
        .isEqualTo(Arrays.copyOfRange(bytes, 7, bytes.length));
    assertThat(store.delete(at)).isTrue();
  }

  @Test
  void anImageOfUnknownSizeGrowsAndIsCutToSize() {
    byte[] bytes = randomBytes(20 * BUFFER + 5);
    StoreLocation at;
    try (RbdStore small = open(Map.of("chunk-size", "1M"));
        Upload upload = small.upload(key(), OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(bytes));
      at = upload.commit();
    }

    assertThat(store.size(at)).hasValue(bytes.length);
    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    assertThat(dataObjects()).isEqualTo(21);
    store.delete(at);
  }

  @Test
  void zerosTakeNoRoom() {
    long length = 64L * BUFFER;
    StoreLocation at;
    try (Upload upload = store.upload(key(), OptionalLong.empty())) {
      for (int i = 0; i < 64; i++) {
        upload.write(ByteBuffer.wrap(i == 33 ? randomBytes(BUFFER) : new byte[BUFFER]));
      }
      at = upload.commit();
    }

    assertThat(store.size(at)).hasValue(length);
    assertThat(dataObjects()).isEqualTo(1);
    assertThat(readAll(at, 33 * BUFFER - 1, BUFFER + 2L))
        .startsWith(0)
        .endsWith(0)
        .containsSequence(randomBytes(BUFFER));
    store.delete(at);
  }

  @Test
  void featuresAndTheDataPoolAreThoseThatWereAskedFor() {
    ceph.run("ceph", "osd", "pool", "create", "bytes", "4");
    ceph.run("ceph", "osd", "pool", "application", "enable", "bytes", "rbd");
    ceph.run("ceph", "auth", "caps", "client.glance", "mon", "profile rbd", "osd", "profile rbd");
    Map<String, String> settings =
        Map.of("data-pool", "bytes", "features", "layering,exclusive-lock,object-map,fast-diff");
    UploadKey key = key();
    byte[] bytes = randomBytes(2 * BUFFER);
    try (RbdStore other = open(settings);
        Upload upload = other.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(bytes));
      StoreLocation at = upload.commit();

      assertThat(ceph.run("rbd", "info", "images/" + key.imageId()))
          .contains("data_pool: bytes")
          .contains("features: layering, exclusive-lock, object-map, fast-diff, data-pool");
      assertThat(bytesOf("bytes")).hasSize(1);
      assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
      assertThat(store.delete(at)).isTrue();
      assertThat(bytesOf("bytes")).isEmpty();
    }
  }

  @Test
  void anImageWithClonesBecomesTrashWhichTheyKeep() {
    byte[] bytes = randomBytes(2 * BUFFER);
    UploadKey key = key();
    StoreLocation at = put(key, bytes);
    ceph.run("rbd", "clone", "images/" + key.imageId() + "@snap", "images/volume");

    store.requireDeletable(at);
    assertThat(store.delete(at)).isTrue();

    assertThat(store.delete(at)).isFalse();
    assertThatThrownBy(() -> store.size(at)).isInstanceOf(StoreException.NotFound.class);
    assertThat(ceph.run("rbd", "-p", "images", "trash", "ls")).contains(key.imageId());
    assertThat(readAll(StoreLocation.of("rbd://volume"), 0, bytes.length)).isEqualTo(bytes);
    String trash = ceph.run("rbd", "-p", "images", "trash", "ls").split(" ", 2)[0];
    ceph.run("rbd", "rm", "--no-progress", "images/volume");
    ceph.run("rbd", "trash", "restore", "images/" + trash, "--image", "back");
    assertThat(store.delete(StoreLocation.of("rbd://back"))).isTrue();
  }

  @Test
  void anImageThatIsBeingReadIsInUse() throws IOException {
    byte[] bytes = randomBytes(9 * BUFFER);
    StoreLocation at = put(key(), bytes);

    ImageBytes.Stream reading = (ImageBytes.Stream) store.read(at, new ByteRange(0, bytes.length));
    try (InputStream in = reading.in()) {
      assertThatThrownBy(() -> store.delete(at)).isInstanceOf(StoreException.InUse.class);
      assertThat(in.readAllBytes()).isEqualTo(bytes);
    }

    assertThat(store.delete(at)).isTrue();
  }

  /** The store has memory for less than the image: what is left is read. */
  @Test
  void whatIsLentStaysAsItIsUntilItIsGivenBack() throws IOException {
    byte[] bytes = randomBytes(9 * BUFFER);
    StoreLocation at = put(key(), bytes);
    List<Lender.Loan> loans = new ArrayList<>();
    ByteArrayOutputStream got = new ByteArrayOutputStream();

    ImageBytes.Stream reading =
        (ImageBytes.Stream) store.read(at, new ByteRange(7, 9 * BUFFER - 9));
    try (InputStream in = reading.in()) {
      got.writeBytes(in.readNBytes(3));
      Lender lender = (Lender) in;
      for (Lender.Loan loan = lender.lend(); loan != null; loan = lender.lend()) {
        loans.add(loan);
      }
      byte[] rest = in.readAllBytes();
      for (Lender.Loan loan : loans) {
        byte[] lent = new byte[loan.bytes().remaining()];
        loan.bytes().get(lent);
        got.writeBytes(lent);
      }
      got.writeBytes(rest);
    }

    assertThat(got.toByteArray()).isEqualTo(Arrays.copyOfRange(bytes, 7, 9 * BUFFER - 2));
    assertThat(loans).isNotEmpty();
    assertThat(openHandles()).isEqualTo(loans.size());
    loans.forEach(loan -> loan.giveBack().run());
    assertThat(openHandles()).isZero();
    store.delete(at);
  }

  @Test
  void anImageWithSnapshotsOfOthersIsInUse() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(10));
    ceph.run("rbd", "snap", "create", "images/" + key.imageId() + "@backup");

    assertThatThrownBy(() -> store.delete(at)).isInstanceOf(StoreException.InUse.class);
    assertThatThrownBy(() -> store.requireDeletable(at)).isInstanceOf(StoreException.InUse.class);

    assertThat(readAll(at, 0, 10)).isEqualTo(randomBytes(10));
    ceph.run("rbd", "snap", "rm", "--no-progress", "images/" + key.imageId() + "@backup");
    store.requireDeletable(at);
    assertThat(store.delete(at)).isTrue();
  }

  @Test
  void whatAnotherReplicaWritesIsInUseUntilItEnds() {
    UploadKey key = key();
    try (RbdStore replica = open(Map.of())) {
      Upload upload = replica.upload(key, OptionalLong.empty());
      upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));

      assertThatThrownBy(() -> store.discard(key)).isInstanceOf(StoreException.InUse.class);

      upload.commit();
      store.discard(key);
      assertThat(leftovers()).isZero();
    }
  }

  @Test
  void discardLeavesWhatAnotherAttemptPublished() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(BUFFER));

    store.discard(again(key));

    assertThat(readAll(at, 0, BUFFER)).isEqualTo(randomBytes(BUFFER));
    store.delete(at);
  }

  @Test
  void aWriterThatWakesIsToldThatItsImageIsGone() {
    UploadKey key = key();
    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));
      ceph.run("rbd", "rename", "images/" + key.attemptName() + ".part", "images/elsewhere");

      assertThatThrownBy(upload::commit).isInstanceOf(StoreException.Cancelled.class);
    }
    assertThat(store.delete(StoreLocation.of("rbd://elsewhere"))).isTrue();
  }

  @Test
  void whatACrashLeftIsDiscarded() {
    UploadKey key = key();
    String part = "images/" + key.attemptName() + ".part";
    ceph.run("rbd", "create", part, "--size", "8");
    ceph.run("rbd", "snap", "create", "--no-progress", part + "@snap");
    ceph.run("rbd", "snap", "protect", part + "@snap");
    assertThat(listed()).singleElement().matches(StoredObject::isLeftover);

    store.discard(key);

    assertThat(listed()).isEmpty();
  }

  @Test
  void aRenameThatWasCutShortIsDiscarded() throws IOException {
    UploadKey key = key();
    String part = key.attemptName() + ".part";
    ceph.run("rbd", "create", "images/" + part, "--size", "8");
    ceph.run("rbd", "image-meta", "set", "images/" + part, RbdStore.UPLOAD, key.uploadId());
    Path id = Files.createTempFile("rbd-", ".id");
    ceph.run("rados", "-p", "images", "get", "rbd_id." + part, id.toString());
    ceph.run("rados", "-p", "images", "put", "rbd_id." + key.objectName(), id.toString());
    Files.delete(id);

    store.discard(key);

    assertThat(leftovers()).isZero();
  }

  @Test
  void anExhaustedQuotaIsAFullStoreAndLeavesNothing() throws Exception {
    ceph.run("ceph", "osd", "pool", "set-quota", "images", "max_bytes", "3000000");
    try {
      awaitFull();
      assertThatThrownBy(() -> put(key(), randomBytes(12 * BUFFER)))
          .isInstanceOf(StoreException.Full.class);
    } finally {
      ceph.run("ceph", "osd", "pool", "set-quota", "images", "max_bytes", "0");
      await(() -> !isFull());
    }
    assertThat(leftovers()).isZero();
  }

  private void awaitFull() throws InterruptedException {
    UploadKey key = key();
    put(key, randomBytes(4 * BUFFER));
    await(RbdStoreTest::isFull);
    store.discard(key);
  }

  private static boolean isFull() {
    return ceph.run("ceph", "osd", "pool", "ls", "detail").contains("full_quota");
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long begun = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(60));
      Thread.sleep(200);
    }
  }

  @Test
  void aMissingPoolIsNamed() {
    try (RbdStore other = open(Map.of("pool", "nowhere"))) {
      assertThatThrownBy(other::check)
          .isInstanceOf(StoreException.Unavailable.class)
          .hasMessageContaining("there is no pool nowhere");
      assertThatThrownBy(() -> other.upload(key(), OptionalLong.empty()))
          .isInstanceOf(StoreException.Unavailable.class)
          .hasMessageContaining("there is no pool nowhere");
    }
    store.check();
  }

  @Test
  void aUserWithoutAKeyIsRefused() {
    try (RbdStore other = open(Map.of("user", "nobody"))) {
      assertThatThrownBy(other::check).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void aClusterThatHangsTimesOutAndNothingIsLeftWhenItGoesOn() throws Exception {
    byte[] bytes = randomBytes(9 * BUFFER);
    StoreLocation at = put(key(), bytes);
    UploadKey key = key();
    UploadKey other = key();
    try (RbdStore impatient = open(Map.of("timeout", "1s"))) {
      impatient.check();
      Upload upload = impatient.upload(key, OptionalLong.empty());
      upload.write(ByteBuffer.wrap(bytes));
      ceph.pause(true);
      try {
        assertThatThrownBy(impatient::check).isInstanceOf(StoreException.Unavailable.class);
        assertThatThrownBy(
                () -> {
                  upload.write(ByteBuffer.wrap(randomBytes(7 * BUFFER)));
                  upload.commit();
                })
            .isInstanceOf(StoreException.Unavailable.class);
        assertThatThrownBy(() -> impatient.upload(other, OptionalLong.empty()))
            .isInstanceOf(StoreException.Unavailable.class);
        assertThatThrownBy(() -> impatient.read(at, new ByteRange(0, bytes.length)))
            .isInstanceOf(StoreException.Unavailable.class);
        assertThatThrownBy(upload::close).isInstanceOf(StoreException.Unavailable.class);
      } finally {
        ceph.pause(false);
      }

      impatient.check();
      await(() -> isDiscarded(key) && isDiscarded(other));
      assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
      store.delete(at);
      assertThat(leftovers()).isZero();
      assertThat(impatient.inUse()).isZero();
    }
  }

  /** As a job does that clears up: it comes back. */
  private boolean isDiscarded(UploadKey key) {
    try {
      store.discard(key);
      return true;
    } catch (StoreException.InUse | StoreException.Unavailable _) {
      return false;
    }
  }
}
