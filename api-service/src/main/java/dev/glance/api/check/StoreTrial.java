package dev.glance.api.check;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.Upload;
import dev.glance.model.registry.UploadKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/** Does with a store once what the service does with it, and says how long each step took. */
final class StoreTrial {
  /** More than one part in stores that divide images. */
  private static final int BYTES = 20 << 20;

  private static final int WRITE_BYTES = 1 << 20;

  private static final ByteRange RANGE = new ByteRange(BYTES / 2 + 1, 1 << 20);

  private final Store store;
  private final PrintStream out;
  private final byte[] image = new byte[BYTES];

  /** No image has this id: nobody else touches what carries it. */
  private final UploadKey key =
      new UploadKey(UUID.randomUUID().toString(), UUID.randomUUID().toString(), 1, false);

  StoreTrial(Store store, PrintStream out) {
    this.store = store;
    this.out = out;
    new Random().nextBytes(image);
  }

  /** False when a step failed, after it was printed why; those after it are not made then. */
  boolean run() {
    try {
      step("check", this::check);
      if (store.info().isReadOnly()) {
        out.println("store " + store.info().name() + " is read-only");
        return true;
      }
      StoreLocation at = step("write", this::write);
      step("read", () -> read(at));
      if (store.info().capabilities().contains(Capability.LIST)) {
        step("list", () -> list(at));
      }
      step("delete", () -> delete(at));
      return true;
    } catch (StoreException | IOException e) {
      out.println(e.getMessage());
      discard();
      return false;
    }
  }

  private interface Step<T> {
    T run() throws IOException;
  }

  private <T> T step(String name, Step<T> step) throws IOException {
    long begun = System.nanoTime();
    boolean isDone = false;
    try {
      T result = step.run();
      isDone = true;
      return result;
    } finally {
      long millis = (System.nanoTime() - begun) / 1_000_000;
      out.printf("%-7s %7d ms  %s%n", name, millis, isDone ? "ok" : "FAILED");
    }
  }

  private boolean check() {
    store.check();
    return true;
  }

  private StoreLocation write() {
    try (Upload upload = store.upload(key, OptionalLong.empty())) {
      for (int at = 0; at < BYTES; at += WRITE_BYTES) {
        upload.write(ByteBuffer.wrap(image, at, WRITE_BYTES));
      }
      return upload.commit();
    }
  }

  private boolean read(StoreLocation at) throws IOException {
    byte[] read =
        switch (store.read(at, RANGE)) {
          case ImageBytes.Stream(InputStream in, long _) -> {
            try (in) {
              yield in.readAllBytes();
            }
          }
          case ImageBytes.LocalFile(Path path, long offset, long length) -> {
            ByteBuffer bytes = ByteBuffer.allocate((int) length);
            try (FileChannel file = FileChannel.open(path)) {
              while (bytes.hasRemaining() && file.read(bytes, offset + bytes.position()) >= 0) {}
            }
            yield bytes.array();
          }
        };
    int first = (int) RANGE.offset();
    return require(
        Arrays.equals(read, Arrays.copyOfRange(image, first, first + (int) RANGE.length())),
        "what was read is not what was written");
  }

  private boolean list(StoreLocation at) throws IOException {
    AtomicBoolean isListed = new AtomicBoolean();
    store.list(object -> isListed.compareAndSet(false, object.at().equals(at)));
    return require(isListed.get(), "what was written is not listed");
  }

  private boolean delete(StoreLocation at) throws IOException {
    return require(store.delete(at), "what was written was gone before it was deleted");
  }

  private static boolean require(boolean isSo, String otherwise) throws IOException {
    if (!isSo) {
      throw new IOException(otherwise);
    }
    return true;
  }

  private void discard() {
    try {
      store.discard(key);
    } catch (StoreException e) {
      out.println("what was written may be left: " + e.getMessage());
    }
  }
}
