package dev.glance.api.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreContract;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.api.store.UpstreamStore;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest extends StoreContract {
  @TempDir Path folder;

  @Override
  protected Store open() {
    Store opened = new FileStore("file", null, 0, directory(), 0);
    opened.check();
    return opened;
  }

  private Path directory() {
    return folder.resolve("deep/images with spaces");
  }

  @Override
  protected long leftovers() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> !Files.isDirectory(file)).count();
    }
  }

  @Override
  protected long openHandles() throws IOException {
    return openFilesBelow(folder);
  }

  @Override
  protected StoreLocation absent() {
    return new StoreLocation(directory().resolve("nothing").toUri());
  }

  @Override
  protected Stream<String> foreignLocations() {
    String inside = directory().toUri().toString();
    return Stream.of(
        "file:///etc/passwd",
        inside,
        inside + "../secret",
        inside + "%2e%2e/secret",
        inside + "x/../../secret",
        inside + ".uploads/x.1.part",
        inside + "x%00",
        "file://elsewhere" + directory().toUri().getRawPath() + "x",
        "s3://bucket/x",
        "file:relative",
        "relative");
  }

  @Test
  void whatUpstreamStoredIsReadAndDeleted() throws IOException {
    byte[] bytes = randomBytes(5 * BUFFER + 3);
    String id = key().imageId();

    String url =
        UpstreamStore.write(
            "file",
            id,
            bytes,
            "filesystem_store_datadir=" + directory(),
            "filesystem_thin_provisioning=true");

    assertThat(url).isEqualTo("file://" + directory() + "/" + id);
    assertImage(url.replace("file://", "filesystem://"), id, bytes);
  }

  @Test
  void aLocationIsUpstreamsFileUrl() {
    UploadKey key = key();

    StoreLocation at = put(key, randomBytes(1));

    assertThat(at.uri()).hasToString(directory().toUri() + key.imageId()).hasScheme("file");
    assertThat(at.uri().toString()).startsWith("file:///").doesNotContain(" ");
    StoreLocation alias = StoreLocation.of(at.uri().toString().replace("file:", "filesystem:"));
    assertThat(readAll(alias, 0, 1)).isEqualTo(randomBytes(1));
    store.delete(at);
  }

  @Test
  void aSymbolicLinkLeadsNowhere() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "secret");
    Path link = Files.createSymbolicLink(directory().resolve("link"), secret);
    StoreLocation at = new StoreLocation(link.toUri());

    assertThatThrownBy(() -> store.read(at, new ByteRange(0, 1)))
        .isInstanceOf(StoreException.BadLocation.class);

    assertThat(store.delete(at)).isTrue();
    assertThat(secret).exists();
    Files.delete(secret);
  }

  @Test
  void runsOfZerosBecomeHoles() throws IOException {
    byte[] bytes = new byte[16 * BUFFER + 5];
    Arrays.fill(bytes, BUFFER, 2 * BUFFER, (byte) 1);
    bytes[5 * BUFFER + 77] = 1;

    StoreLocation at = put(key(), bytes);

    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    assertThat(allocatedBytes(Path.of(at.uri()))).isBetween((long) BUFFER, BUFFER + (64L << 10));
    store.delete(at);
  }

  @Test
  void chunksOfAnyLengthMeetInTheFile() {
    int[] lengths = {BUFFER, BUFFER - 1, 1, 4096, BUFFER, 5, 0, 4091, BUFFER, 2 * 4096 + 17};
    byte[] bytes = randomBytes(Arrays.stream(lengths).sum());
    Arrays.fill(bytes, BUFFER / 2, 2 * BUFFER, (byte) 0);
    StoreLocation at;
    try (Upload upload = store.upload(key(), OptionalLong.empty())) {
      int start = 0;
      for (int length : lengths) {
        upload.write(pages(BUFFER).put(bytes, start, length).flip());
        start += length;
      }
      at = upload.commit();
    }

    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    store.delete(at);
  }

  @Test
  void anImageFromPooledBuffersLeavesThePageCacheToImagesThatAreRead() throws Exception {
    assumeTrue(
        takesDirectWrites() && Files.isExecutable(Path.of("/usr/bin/fincore")),
        "the temporary folder's file system has no direct writes, or fincore is missing");
    byte[] bytes = randomBytes(4 * BUFFER + 5);
    StoreLocation at;
    try (Upload upload = store.upload(key(), OptionalLong.empty())) {
      for (int start = 0; start < bytes.length; start += BUFFER) {
        int length = Math.min(BUFFER, bytes.length - start);
        upload.write(pages(BUFFER).put(bytes, start, length).flip());
      }
      at = upload.commit();
    }

    Process fincore =
        new ProcessBuilder("fincore", "--bytes", "--noheadings", "--output=RES", at.uri().getPath())
            .start();
    String cached = new String(fincore.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(Long.parseLong(cached)).isLessThan(BUFFER);
    assertThat(readAll(at, 0, bytes.length)).isEqualTo(bytes);
    store.delete(at);
  }

  private boolean takesDirectWrites() throws IOException {
    Path file = Files.createFile(folder.resolve("direct"));
    try {
      return DirectWrites.areTakenBy(file) && !Files.getFileStore(file).type().equals("tmpfs");
    } finally {
      Files.delete(file);
    }
  }

  /** Memory as the transfers' buffers have it. */
  private static ByteBuffer pages(int bytes) {
    return ByteBuffer.allocateDirect(bytes + 4096).alignedSlice(4096).slice(0, bytes);
  }

  @Test
  void anImageOfZerosTakesNoRoom() throws IOException {
    StoreLocation at = put(key(), new byte[8 * BUFFER]);

    assertThat(store.size(at)).isEqualTo(OptionalLong.of(8L * BUFFER));
    assertThat(allocatedBytes(Path.of(at.uri()))).isLessThan(64 << 10);
    store.delete(at);
  }

  @Test
  void discardLeavesANameThatAnotherTook() {
    UploadKey key = key();
    StoreLocation at = put(key, randomBytes(10));
    UploadKey late = again(key);
    try (Upload upload = store.upload(late, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(randomBytes(5)));

      store.discard(late);
    }

    assertThat(readAll(at, 0, 10)).isEqualTo(randomBytes(10));
    store.delete(at);
  }

  @Test
  void discardAfterACrashBetweenLinkAndUnlinkRemovesBothNames() throws IOException {
    UploadKey key = key();
    Path part = directory().resolve(".uploads/" + key.attemptName() + ".part");
    Files.write(part, randomBytes(10));
    Files.createLink(directory().resolve(key.objectName()), part);

    store.discard(key);
  }

  @Test
  void anAttemptWhosePartWasDiscardedCannotPublish() {
    UploadKey key = key();
    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(randomBytes(10)));
      store.discard(key);

      assertThatThrownBy(upload::commit).isInstanceOf(StoreException.Cancelled.class);
    }
  }

  @Test
  void nothingIsLeftWhereverADiscardMeetsAWriter() throws Exception {
    for (int i = 0; i < 200; i++) {
      UploadKey key = key();
      CountDownLatch start = new CountDownLatch(1);
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                try (Upload upload = store.upload(key, OptionalLong.empty())) {
                  upload.write(ByteBuffer.wrap(randomBytes(10)));
                  start.countDown();
                  upload.commit();
                } catch (StoreException.Cancelled _) {
                  // It came too late, and says so.
                }
              });
      start.await();

      store.discard(key);

      writer.join();
      assertThat(leftovers()).isZero();
    }
  }

  @Test
  void bytesAreForTheServiceAndItsGroupAlone() throws IOException {
    UploadKey key = key();
    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      Path part = directory().resolve(".uploads/" + key.attemptName() + ".part");
      assertThat(permissions(part)).isEqualTo("rw-r-----");
      Path image = Path.of(upload.commit().uri());
      assertThat(permissions(image)).isEqualTo("rw-r-----");
      Files.delete(image);
    }
    assertThat(permissions(directory())).isEqualTo("rwxr-x---");
    assertThat(permissions(directory().resolve(".uploads"))).isEqualTo("rwxr-x---");
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void theReserveIsKeptFree() throws IOException {
    long free = Files.getFileStore(folder).getUsableSpace();
    try (Store proud = new FileStore("file", null, 0, directory(), 2 * free)) {
      assertThatThrownBy(() -> proud.upload(key(), OptionalLong.of(1)))
          .isInstanceOf(StoreException.Full.class)
          .hasMessageContaining("reserve");
      assertThatThrownBy(() -> proud.upload(key(), OptionalLong.empty()))
          .isInstanceOf(StoreException.Full.class);
    }
    long more = Files.getFileStore(folder).getTotalSpace() + 1;
    assertThatThrownBy(() -> store.upload(key(), OptionalLong.of(more)))
        .isInstanceOf(StoreException.Full.class);
  }

  @Test
  void aDirectoryThatIsAFileIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(new FileStore("x", null, 0, file.resolve("images"), 0)::check)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.toString());

    Files.delete(file);
  }

  private static long allocatedBytes(Path file) throws IOException {
    // Java has no view of st_blocks.
    Process stat =
        new ProcessBuilder("stat", "--format=%b", file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return 512 * Long.parseLong(new String(stat.getInputStream().readAllBytes(), UTF_8).strip());
  }
}
