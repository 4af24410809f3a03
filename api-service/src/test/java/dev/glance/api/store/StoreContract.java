package dev.glance.api.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.glance.api.check.CheckedImage;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every store promises. A backend's test only says how to open an empty one, what is left in
 * it and which names lie outside; after each test the store must be empty and hold nothing open.
 */
public abstract class StoreContract {
  /** As large as the buffers that Transfer hands to a store. */
  protected static final int BUFFER = 1 << 20;

  private static final int IMAGE = 3 * BUFFER + 17;

  protected Store store;

  /** Opens an empty store. */
  protected abstract Store open() throws IOException;

  /** How many files, parts or objects are in the store, of whatever kind. */
  protected abstract long leftovers() throws IOException;

  /** How many handles the store holds open. */
  protected abstract long openHandles() throws IOException;

  /** A well-formed location of this store where nothing is. */
  protected abstract StoreLocation absent();

  /** Locations that are none of this store's. */
  protected abstract Stream<String> foreignLocations();

  /** Waits until a listing tells what is written from what had the same name and bytes before. */
  protected void awaitAnotherMark() throws InterruptedException {}

  @BeforeEach
  void openStore() throws IOException {
    store = open();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertThat(openHandles()).as("open handles").isZero();
    assertThat(leftovers()).as("left behind").isZero();
    store.close();
  }

  @Test
  void saysWhatItIs() {
    assertThat(store.info().capabilities())
        .contains(Capability.WRITE, Capability.DELETE, Capability.RANDOM_READ, Capability.LIST);
    assertThat(store.info().type()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4095, BUFFER - 1, BUFFER, BUFFER + 1, 2 * BUFFER, IMAGE})
  void whatWentInComesOut(int size) {
    byte[] bytes = randomBytes(size);

    StoreLocation at = put(key(), bytes);

    assertThat(store.size(at)).isEqualTo(OptionalLong.of(size));
    assertThat(readAll(at, 0, size)).isEqualTo(bytes);
    assertThat(store.delete(at)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 65536, 65537})
  void theShapeOfTheWritesDoesNotShow(int piece) {
    byte[] bytes = patchyBytes(IMAGE);
    UploadKey key = key();
    StoreLocation at;

    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      ByteBuffer all = ByteBuffer.wrap(bytes);
      for (int size = piece; all.hasRemaining(); size = Math.min(2 * size, BUFFER)) {
        ByteBuffer next = all.slice(all.position(), Math.min(size, all.remaining()));
        all.position(all.position() + next.remaining());
        upload.write(next);
      }
      assertThat(upload.written()).isEqualTo(bytes.length);
      at = upload.commit();
    }

    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    store.delete(at);
  }

  @Test
  void writeTakesAllOfADirectReadOnlyBuffer() {
    byte[] bytes = randomBytes(BUFFER);
    ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER + 10).position(5).put(bytes);
    ByteBuffer view = direct.flip().position(5).asReadOnlyBuffer();
    StoreLocation at;

    try (Upload upload = store.upload(key(), OptionalLong.of(BUFFER))) {
      upload.write(view);
      assertThat(view.hasRemaining()).isFalse();
      at = upload.commit();
    }

    assertThat(readAll(at, 0, BUFFER)).isEqualTo(bytes);
    store.delete(at);
  }

  /** Offset and length shapes; every store that reads at random answers all of them. */
  static Stream<ByteRange> ranges() {
    return Stream.of(
        new ByteRange(0, 0),
        new ByteRange(0, 1),
        new ByteRange(0, IMAGE),
        new ByteRange(1, IMAGE - 1),
        new ByteRange(4096, 4096),
        new ByteRange(4095, 4098),
        new ByteRange(BUFFER - 1, 2),
        new ByteRange(BUFFER, BUFFER),
        new ByteRange(BUFFER + 1, BUFFER),
        new ByteRange(IMAGE - 1, 1),
        new ByteRange(IMAGE, 0));
  }

  @ParameterizedTest
  @MethodSource("ranges")
  void everyRangeIsServed(ByteRange range) {
    byte[] bytes = randomBytes(IMAGE);
    StoreLocation at = put(key(), bytes);

    byte[] read = readAll(at, range.offset(), range.length());

    assertThat(read)
        .isEqualTo(
            Arrays.copyOfRange(
                bytes, (int) range.offset(), (int) (range.offset() + range.length())));
    store.delete(at);
  }

  @Test
  void aFileThatIsShorterThanTheRangeIsNotServed() {
    StoreLocation at = put(key(), randomBytes(10));

    assertThatThrownBy(() -> store.read(at, new ByteRange(5, 6)))
        .isInstanceOf(StoreException.NotFound.class);

    store.delete(at);
  }

  @Test
  void nothingIsReadableBeforeCommit() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(10));
    store.delete(at);

    try (Upload upload = store.upload(again(key), OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));

      assertThatThrownBy(() -> store.size(at)).isInstanceOf(StoreException.NotFound.class);
    }
  }

  @Test
  void anAbandonedUploadLeavesNothing() {
    try (Upload upload = store.upload(key(), OptionalLong.of(IMAGE))) {
      upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));
    }
    try (Upload _ = store.upload(key(), OptionalLong.of(IMAGE))) {
      // Opened, and the client was gone.
    }
  }

  @Test
  void closingTwiceAndAfterCommitDoesNothing() {
    byte[] bytes = randomBytes(10);
    Upload upload = store.upload(key(), OptionalLong.empty());
    upload.write(ByteBuffer.wrap(bytes));
    StoreLocation at = upload.commit();

    upload.close();
    upload.close();

    assertThat(readAll(at, 0, 10)).isEqualTo(bytes);
    store.delete(at);
  }

  @Test
  void anUploadClosedHalfWayTakesNoMore() {
    Upload upload = store.upload(key(), OptionalLong.empty());
    upload.write(ByteBuffer.wrap(randomBytes(10)));
    upload.close();

    assertThatThrownBy(() -> upload.write(ByteBuffer.wrap(randomBytes(10))))
        .isInstanceOf(StoreException.Cancelled.class);
    assertThatThrownBy(upload::commit).isInstanceOf(StoreException.Cancelled.class);
  }

  @Test
  void twoUploadsAtOnceDoNotMix() throws Exception {
    byte[] one = randomBytes(IMAGE);
    byte[] two = randomBytes(IMAGE);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<StoreLocation> first = threads.submit(() -> put(key(), one));
      Future<StoreLocation> second = threads.submit(() -> put(key(), two));

      assertThat(readAll(first.get(), 0, IMAGE)).isEqualTo(one);
      assertThat(readAll(second.get(), 0, IMAGE)).isEqualTo(two);
      store.delete(first.get());
      store.delete(second.get());
    }
  }

  @Test
  void aTakenNameIsNeverReplaced() {
    byte[] bytes = randomBytes(IMAGE);
    UploadKey key = key();
    StoreLocation at = put(key, bytes);

    try (Upload late = store.upload(again(key), OptionalLong.empty())) {
      late.write(ByteBuffer.wrap(randomBytes(10)));
      assertThatThrownBy(late::commit).isInstanceOf(StoreException.AlreadyExists.class);
    }

    assertThat(readAll(at, 0, IMAGE)).isEqualTo(bytes);
    store.delete(at);
  }

  @Test
  void aFencedAttemptStandsBesideAPublishedOne() {
    UploadKey key = key();
    UploadKey fenced = new UploadKey(UUID.randomUUID().toString(), key.imageId(), 2, true);
    byte[] newer = randomBytes(20);
    StoreLocation at = put(fenced, newer);

    put(key, randomBytes(10));
    store.discard(key);

    assertThat(readAll(at, 0, 20)).isEqualTo(newer);
    store.discard(fenced);
  }

  @Test
  void discardRemovesWhatWasPublished() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(10));

    store.discard(key);
    store.discard(key);

    assertThatThrownBy(() -> store.size(at)).isInstanceOf(StoreException.NotFound.class);
  }

  @Test
  void discardOfWhatNeverWasDoesNothing() {
    store.discard(key());
  }

  @Test
  void anAttemptDiscardedByAnotherReplicaCannotReturn() {
    UploadKey key = key();
    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));
      store.discard(key);
      upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));
      try {
        upload.commit();
      } catch (StoreException.Cancelled _) {
        // A store that can tell says so; in others the writer discards when the registry refuses.
      }
    }
    store.discard(key);
  }

  /** Where a writer pauses, and whether its leftovers are cleared before it wakes or after. */
  @ParameterizedTest
  @CsvSource({"0, true", "0, false", "1, true", "1, false", "2, true", "2, false"})
  void aWriterThatWakesAfterItsLeaseChangesNothing(int writtenBuffers, boolean isClearedFirst) {
    UploadKey expired = key();
    UploadKey fenced = new UploadKey(UUID.randomUUID().toString(), expired.imageId(), 2, true);
    byte[] newer = randomBytes(IMAGE);
    StoreLocation at;
    try (Upload paused = store.upload(expired, OptionalLong.of(2 * BUFFER))) {
      writeBuffers(paused, writtenBuffers);
      if (isClearedFirst) {
        store.discard(expired);
      }
      at = put(fenced, newer);

      writeBuffers(paused, 2 - writtenBuffers);
      try {
        paused.commit();
      } catch (StoreException.Cancelled _) {
        // A store that can tell says so; in others the writer discards when the registry refuses.
      }
    }
    assertThat(readAll(at, 0, IMAGE)).isEqualTo(newer);
    // The writer, whom the registry refuses, and the job of the sweep; each may be the last.
    store.discard(expired);
    store.discard(expired);

    assertThat(readAll(at, 0, IMAGE)).isEqualTo(newer);
    store.discard(fenced);
  }

  @Test
  void aWriterThatWakesAfterItPublishedChangesNothing() {
    UploadKey expired = key();
    UploadKey fenced = new UploadKey(UUID.randomUUID().toString(), expired.imageId(), 2, true);
    byte[] newer = randomBytes(IMAGE);
    StoreLocation at;
    try (Upload paused = store.upload(expired, OptionalLong.empty())) {
      writeBuffers(paused, 1);
      paused.commit();
      store.discard(expired);
      at = put(fenced, newer);
    }
    store.discard(expired);

    assertThat(readAll(at, 0, IMAGE)).isEqualTo(newer);
    store.discard(fenced);
  }

  @Test
  void listNamesWhatWasPublishedAndRemoveTakesJustThat() {
    UploadKey key = key();
    UploadKey fenced = new UploadKey(UUID.randomUUID().toString(), key.imageId(), 2, true);
    StoreLocation at = put(key, randomBytes(10));
    put(fenced, randomBytes(20));

    List<StoredObject> listed = listed();

    assertThat(listed)
        .extracting(StoredObject::imageId, StoredObject::isLeftover, StoredObject::bytes)
        .containsExactlyInAnyOrder(
            tuple(UUID.fromString(key.imageId()), false, 10L),
            tuple(UUID.fromString(key.imageId()), false, 20L));
    StoredObject first =
        listed.stream().filter(each -> each.bytes() == 10).findFirst().orElseThrow();
    assertThat(first.at()).isEqualTo(at);
    assertThat(store.remove(first)).isTrue();
    assertThat(store.remove(first)).isFalse();
    assertThat(listed()).extracting(StoredObject::bytes).containsExactly(20L);
    store.discard(fenced);
  }

  @Test
  void removeLeavesWhatTookTheNameSince() throws InterruptedException {
    UploadKey key = key();
    put(key, randomBytes(10));
    StoredObject former = listed().getFirst();
    store.discard(key);
    awaitAnotherMark();
    StoreLocation at = put(key, randomBytes(10));

    assertThat(store.remove(former)).isFalse();

    assertThat(store.size(at)).hasValue(10);
    store.discard(key);
  }

  @Test
  void whatAnUploadHasLeftIsNoImage() {
    UploadKey key = key();
    Upload upload = store.upload(key, OptionalLong.empty());
    upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));

    assertThat(listed()).allMatch(StoredObject::isLeftover);

    upload.close();
    store.discard(key);
    assertThat(listed()).isEmpty();
  }

  @Test
  void theCheckTellsWhatIsMissingOrRottenAndRemovesWhatNobodyNeeds() {
    byte[] bytes = randomBytes(IMAGE);
    String md5 = md5(bytes);
    UploadKey former = key();
    String id = former.imageId();
    put(former, randomBytes(10));
    StoreLocation at = put(new UploadKey(UUID.randomUUID().toString(), id, 3, true), bytes);
    CheckedImage checked = new CheckedImage(store, id, at, IMAGE, md5);

    assertThat(checked.repair())
        .singleElement()
        .asString()
        .startsWith("orphan ")
        .contains("image=" + id, "10 bytes");

    assertThat(checked.repair()).isEmpty();
    assertThat(readAll(at, 0, IMAGE)).isEqualTo(bytes);
    assertThat(new CheckedImage(store, id, at, IMAGE, "another").repair())
        .singleElement()
        .asString()
        .startsWith("rotten ")
        .contains("image=" + id, "location=" + at.uri(), md5);
    assertThat(new CheckedImage(store, id, at, IMAGE + 1, md5).repair())
        .singleElement()
        .asString()
        .startsWith("wrong-size ")
        .contains("image=" + id, "location=" + at.uri());
    store.delete(at);
    assertThat(checked.repair())
        .singleElement()
        .asString()
        .startsWith("missing ")
        .contains("image=" + id, "location=" + at.uri());
  }

  protected final List<StoredObject> listed() {
    List<StoredObject> all = new ArrayList<>();
    store.list(all::add);
    return all;
  }

  /** Whether what upstream's library stored is an image here, to its last byte. */
  protected final void assertImage(String url, String imageId, byte[] bytes) throws IOException {
    StoreLocation at = StoreLocation.of(url);
    assertThat(store.holds(at)).as(url).isTrue();
    assertThat(store.size(at)).hasValue(bytes.length);
    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    assertThat(readAll(at, bytes.length / 2, bytes.length / 3))
        .isEqualTo(
            Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length / 2 + bytes.length / 3));
    assertThat(listed())
        .singleElement()
        .satisfies(
            object -> {
              assertThat(object.imageId()).hasToString(imageId);
              assertThat(object.isLeftover()).isFalse();
            });
    assertThat(store.delete(at)).isTrue();
    assertThat(leftovers()).isZero();
  }

  @Test
  void absentBytesAreNotFoundAndDeletedOnlyOnce() {
    StoreLocation at = put(key(), randomBytes(10));

    store.requireDeletable(at);
    assertThat(store.delete(at)).isTrue();
    store.requireDeletable(at);
    assertThat(store.delete(at)).isFalse();
    assertThat(store.delete(absent())).isFalse();
    assertThatThrownBy(() -> store.size(absent())).isInstanceOf(StoreException.NotFound.class);
    assertThatThrownBy(() -> store.read(absent(), new ByteRange(0, 1)))
        .isInstanceOf(StoreException.NotFound.class);
  }

  @Test
  void foreignLocationsAreRefused() {
    foreignLocations()
        .map(StoreLocation::of)
        .forEach(
            at -> {
              assertThat(store.holds(at)).as(at.toString()).isFalse();
              assertThatThrownBy(() -> store.read(at, new ByteRange(0, 1)))
                  .as(at.toString())
                  .isInstanceOf(StoreException.BadLocation.class);
              assertThatThrownBy(() -> store.delete(at))
                  .isInstanceOf(StoreException.BadLocation.class);
              assertThatThrownBy(() -> store.size(at))
                  .isInstanceOf(StoreException.BadLocation.class);
            });
  }

  @Test
  void aStoreKnowsItsLocationsByTheirForm() {
    StoreLocation at = put(key(), randomBytes(1));
    assertThat(store.holds(at)).isTrue();
    assertThat(store.holds(absent())).isTrue();
    store.delete(at);
  }

  /** A first attempt at a new image. */
  protected static UploadKey key() {
    return new UploadKey(UUID.randomUUID().toString(), UUID.randomUUID().toString(), 1, false);
  }

  /** The next attempt at the same image, without a fence. */
  protected static UploadKey again(UploadKey key) {
    return new UploadKey(
        UUID.randomUUID().toString(), key.imageId(), key.attempt() + 1, key.isFenced());
  }

  private static void writeBuffers(Upload upload, int count) {
    for (int i = 0; i < count; i++) {
      upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));
    }
  }

  protected final StoreLocation put(UploadKey key, byte[] bytes) {
    try (Upload upload = store.upload(key, OptionalLong.of(bytes.length))) {
      for (int start = 0; start < bytes.length; start += BUFFER) {
        upload.write(ByteBuffer.wrap(bytes, start, Math.min(BUFFER, bytes.length - start)));
      }
      return upload.commit();
    }
  }

  protected final byte[] readAll(StoreLocation at, long offset, long length) {
    ImageBytes bytes = store.read(at, new ByteRange(offset, length));
    assertThat(bytes.length()).isEqualTo(length);
    try {
      return switch (bytes) {
        case ImageBytes.Stream(InputStream in, long _) -> {
          try (in) {
            yield in.readAllBytes();
          }
        }
        case ImageBytes.LocalFile(var path, long from, long count) -> {
          ByteBuffer all = ByteBuffer.allocate((int) count);
          try (FileChannel file = FileChannel.open(path)) {
            while (all.hasRemaining() && file.read(all, from + all.position()) >= 0) {}
          }
          assertThat(all.hasRemaining()).isFalse();
          yield all.array();
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  protected static byte[] randomBytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  protected static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Stretches of data and of zeros, of all kinds of lengths and alignments. */
  protected static byte[] patchyBytes(int size) {
    byte[] bytes = randomBytes(size);
    Random random = new Random(42);
    for (int at = 0; at < size; ) {
      int zeros = Math.min(size - at, random.nextInt(300_000));
      Arrays.fill(bytes, at, at + zeros, (byte) 0);
      at += zeros + random.nextInt(200_000);
    }
    Arrays.fill(bytes, size - 70_000, size, (byte) 0);
    return bytes;
  }

  /** Counts the files below a folder that this process holds open (Linux). */
  protected static long openFilesBelow(Path folder) throws IOException {
    try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
      return handles
          .filter(
              handle -> {
                try {
                  return Files.readSymbolicLink(handle).startsWith(folder);
                } catch (IOException _) {
                  return false; // Closed meanwhile: the handle of this listing itself.
                }
              })
          .count();
    }
  }
}
