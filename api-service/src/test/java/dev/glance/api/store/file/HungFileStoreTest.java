package dev.glance.api.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.INPUT_STREAM;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreContract;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/** A directory whose file system has a server, as NFS, and what callers see when that is away. */
class HungFileStoreTest extends StoreContract {
  @TempDir Path folder;

  /** What is mounted. In memory, as a disk may be slow for other reasons. */
  @TempDir(factory = InMemory.class)
  Path real;

  private @Nullable HungMount mounted;

  /** Makes temporary folders on a tmpfs. */
  static final class InMemory implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      return Files.createTempDirectory(Path.of("/dev/shm"), "hung-");
    }
  }

  @Override
  protected Store open() throws IOException {
    Path at = Files.createDirectory(folder.resolve("mount"));
    try {
      mounted = new HungMount(real, at);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    Store opened = store("30s", images());
    opened.check();
    return opened;
  }

  private static Store store(String timeout, String directories) {
    return new FileStore(
        "nfs", null, 0, FileSettings.of("directories", directories, "timeout", timeout));
  }

  /** From now on the mount hangs, and the store soon says so. */
  private void hang() throws IOException, InterruptedException {
    store.close();
    store = store("2s", images());
    store.check();
    mount().hang();
  }

  private HungMount mount() {
    return Objects.requireNonNull(mounted);
  }

  private String images() {
    return folder.resolve("mount/images").toString();
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    if (mounted != null) {
      mounted.unmount();
    }
  }

  @Override
  protected long leftovers() throws IOException {
    try (Stream<Path> files = Files.walk(real)) {
      return files.filter(file -> !Files.isDirectory(file)).count();
    }
  }

  @Override
  protected long openHandles() throws IOException {
    return openFilesBelow(folder);
  }

  @Override
  protected StoreLocation absent() {
    return new StoreLocation(Path.of(images(), "nothing").toUri());
  }

  @Override
  protected Stream<String> foreignLocations() {
    return Stream.of(Path.of(images() + "/../nothing").normalize().toUri().toString());
  }

  @Test
  void nothingIsSentByTheKernelWhichWouldWaitOnAnEventLoop() throws IOException {
    StoreLocation at = put(key(), randomBytes(100));

    ImageBytes bytes = store.read(at, new ByteRange(10, 20));

    try (InputStream in = ((ImageBytes.Stream) bytes).in()) {
      assertThat(in).asInstanceOf(INPUT_STREAM).hasBinaryContent(randomBytesFrom(10, 20));
    }
    store.delete(at);
  }

  private static byte[] randomBytesFrom(int offset, int length) {
    return Arrays.copyOfRange(randomBytes(100), offset, offset + length);
  }

  @Test
  void whatHangsTimesOutAndWhatFollowsFailsAtOnceUntilItIsBack() throws Exception {
    StoreLocation at = put(key(), randomBytes(100));
    hang();

    assertAway(() -> store.size(at));
    long begun = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      assertAway(() -> store.upload(key(), OptionalLong.of(1)));
      assertAway(() -> store.read(at, new ByteRange(0, 1)));
      assertAway(() -> store.delete(at));
      assertAway(() -> store.discard(key()));
    }
    assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(1));
    assertAway(store::check);

    mount().wake();
    awaitWell();
    assertThat(store.delete(at)).isTrue();
  }

  @Test
  void anUploadThatHangsEndsAndLeavesNothingOnceTheFileSystemIsBack() throws Exception {
    UploadKey key = key();
    store = store("2s", images());
    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));
      mount().hang();

      assertAway(
          () -> {
            for (int i = 0; i < 64; i++) {
              upload.write(ByteBuffer.wrap(randomBytes(BUFFER)));
            }
            upload.commit();
          });
      assertAway(upload::close);
      assertAway(() -> store.discard(key));

      mount().wake();
      awaitWell();
    } catch (StoreException.Cancelled _) {
      // Closed by the thread that hung.
    }
    store.discard(key);
    awaitNoHandles();
  }

  @Test
  void aDownloadThatHangsBreaksOff() throws Exception {
    byte[] bytes = randomBytes(8 * BUFFER);
    StoreLocation at = put(key(), bytes);
    store = store("2s", images());
    ImageBytes opened = store.read(at, new ByteRange(0, bytes.length));
    try (InputStream in = ((ImageBytes.Stream) opened).in()) {
      assertThat(in.readNBytes(10)).startsWith(bytes[0]);
      mount().hang();

      assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
    }

    mount().wake();
    awaitWell();
    awaitNoHandles();
    store.delete(at);
  }

  @Test
  void aMountThatHangsHoldsNoMoreThreadsThanAreGivenToIt() throws Exception {
    StoreLocation at = put(key(), randomBytes(1));
    hang();
    List<Future<?>> readers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 500; i++) {
        readers.add(threads.submit(() -> assertAway(() -> store.size(at))));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
      long hanging =
          Thread.getAllStackTraces().values().stream()
              .filter(
                  stack -> stack.length > 0 && stack[0].getClassName().startsWith("sun.nio.fs."))
              .count();
      assertThat(hanging).isBetween(1L, (long) TimedCalls.MOST);
    }

    mount().wake();
    awaitWell();
    store.delete(at);
  }

  @Test
  void anotherDirectoryTakesWhatOneThatHangsCannot(@TempDir Path other) throws Exception {
    try (Store two = store("2s", images() + ":9," + other)) {
      two.check();
      mount().hang();

      try (Upload upload = two.upload(key(), OptionalLong.of(1))) {
        upload.write(ByteBuffer.wrap(randomBytes(1)));
        assertThat(Path.of(upload.commit().uri())).hasParent(other);
      }
      two.check();
      assertThat(two.impairment().orElseThrow()).contains("no answer");
      mount().wake();
    }
    awaitWell();
  }

  @Test
  void aMountThatHangsFromTheStartIsOpenedWhenItIsBack() throws Exception {
    mount().hang();
    store = store("2s", images());
    assertAway(store::check);
    assertAway(() -> store.upload(key(), OptionalLong.empty()));

    mount().wake();
    awaitWell();
    store.delete(put(key(), randomBytes(1)));
  }

  private static void assertAway(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(StoreException.Unavailable.class)
        .hasMessageContaining("gives no answer");
  }

  private void awaitWell() throws InterruptedException {
    for (int i = 0; ; i++) {
      try {
        store.check();
        return;
      } catch (StoreException.Unavailable e) {
        if (i == 50) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  private void awaitNoHandles() throws IOException, InterruptedException {
    for (int i = 0; openHandles() > 0 && i < 100; i++) {
      Thread.sleep(50);
    }
  }
}
