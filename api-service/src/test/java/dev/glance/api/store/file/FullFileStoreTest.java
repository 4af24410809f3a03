package dev.glance.api.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file store on a file system of 8 MiB, which takes the right to mount one. */
class FullFileStoreTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder.toString()),
        "a tmpfs can be mounted only by root");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", folder.toString());
  }

  @Test
  void aFullDiskIsFullAndLeavesNothing() throws IOException {
    UploadKey key = new UploadKey("u", "image", 1, false);
    try (Store store = new FileStore("file", null, 0, folder, 0);
        Upload upload = store.upload(key, OptionalLong.empty())) {
      assertThatThrownBy(() -> write(upload, 9)).isInstanceOf(StoreException.Full.class);
    }

    assertNothingLeft();
  }

  @Test
  void holesTakeNoRoomOfWhatIsAnnounced() throws Exception {
    UploadKey key = new UploadKey("u", "image", 1, false);
    Path ballast = Files.write(folder.resolve("ballast"), new byte[5 * MIB]);
    long size = 7L * MIB;
    try (Store store = new FileStore("file", null, 0, folder, 2L * MIB);
        Upload upload = store.upload(key, OptionalLong.of(size))) {
      for (int i = 0; i < 7; i++) {
        upload.write(ByteBuffer.allocate(MIB));
      }
      assertThat(Path.of(upload.commit().uri())).hasSize(size);
      store.discard(key);
    }
    Files.delete(ballast);

    assertNothingLeft();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 60L * MIB})
  void theReserveStopsAnUploadBeforeTheDiskIsFull(long announced) throws Exception {
    unmount();
    assertThat(run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder.toString())).isTrue();
    UploadKey key = new UploadKey("u", "image", 1, false);
    try (Store store = new FileStore("file", null, 0, folder, 24L * MIB);
        Upload upload =
            store.upload(key, announced < 0 ? OptionalLong.empty() : OptionalLong.of(announced))) {
      assertThatThrownBy(() -> write(upload, 64))
          .isInstanceOf(StoreException.Full.class)
          .hasMessageContaining("reserve");
      assertThat(Files.getFileStore(folder).getUsableSpace()).isGreaterThanOrEqualTo(8L * MIB);
    }

    assertNothingLeft();
  }

  @Test
  void anImageGoesToTheFirstDirectoryThatHasRoomForIt(@TempDir Path large) throws IOException {
    FileConfig config = FileSettings.of("directories", folder + ":200," + large + ":100");
    try (Store store = new FileStore("file", null, 0, config)) {
      assertThat(directoryOf(store, 3 * MIB)).isEqualTo(folder);
      assertThat(directoryOf(store, 9 * MIB)).isEqualTo(large);
      Path ballast = folder.resolve("ballast");
      Files.write(ballast, random(7 * MIB));
      assertThat(directoryOf(store, 3 * MIB)).isEqualTo(large);
      Files.delete(ballast);
    }

    assertNothingLeft();
  }

  /** Where an image of that length is put; it is deleted again. */
  private static Path directoryOf(Store store, int bytes) {
    UploadKey key = new UploadKey("u", "image", 1, false);
    try (Upload upload = store.upload(key, OptionalLong.of(bytes))) {
      write(upload, bytes / MIB);
      StoreLocation at = upload.commit();
      assertThat(store.size(at)).hasValue(bytes);
      assertThat(store.delete(at)).isTrue();
      return Objects.requireNonNull(Path.of(at.uri()).getParent());
    }
  }

  @Test
  void aReadOnlyFileSystemIsDenied() throws Exception {
    UploadKey key = new UploadKey("u", "image", 1, false);
    try (Store store = new FileStore("file", null, 0, folder, 0)) {
      store.check();
      assertThat(run("mount", "-o", "remount,ro", folder.toString())).isTrue();

      assertThatThrownBy(() -> store.upload(key, OptionalLong.empty()))
          .isInstanceOf(StoreException.Denied.class);
      assertThatThrownBy(new FileStore("file", null, 0, folder, 0)::check)
          .isInstanceOf(StoreException.Denied.class);
    }
  }

  private void assertNothingLeft() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  private static void write(Upload upload, int mebibytes) {
    byte[] bytes = random(MIB);
    for (int i = 0; i < mebibytes; i++) {
      upload.write(ByteBuffer.wrap(bytes));
    }
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException _) {
      return false;
    }
  }
}
