package dev.glance.api.store;

import dev.glance.model.registry.UploadKey;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store that fails where a test tells it to; otherwise the one it wraps. */
public class FailingStore implements Store {
  /** Where a fault can be put. */
  public enum Point {
    OPEN,
    WRITE,
    COMMIT,
    /** The bytes are published, but the answer is lost. */
    AFTER_COMMIT,
    DISCARD,
    READ,
    DELETE
  }

  private record Fault(Point point, long afterBytes, Supplier<StoreException> exception) {}

  private final Store store;
  private final AtomicReference<@Nullable Fault> fault = new AtomicReference<>();

  public FailingStore(Store store) {
    this.store = store;
  }

  /** Fails at this point from now on, until {@link #heal}. */
  public void failAt(Point point, Supplier<StoreException> exception) {
    fault.set(new Fault(point, 0, exception));
  }

  /** Fails once an upload has taken this many bytes. */
  public void failAfter(long bytes, Supplier<StoreException> exception) {
    fault.set(new Fault(Point.WRITE, bytes, exception));
  }

  /** Works again. */
  public void heal() {
    fault.set(null);
  }

  private void reach(Point point, long bytes) {
    Fault set = fault.get();
    if (set != null && set.point == point && bytes >= set.afterBytes) {
      throw set.exception.get();
    }
  }

  @Override
  public StoreInfo info() {
    return store.info();
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    reach(Point.OPEN, 0);
    Upload upload = store.upload(key, sizeBytes);
    return new Upload() {
      @Override
      public void write(ByteBuffer bytes) {
        reach(Point.WRITE, upload.written() + bytes.remaining());
        upload.write(bytes);
      }

      @Override
      public long written() {
        return upload.written();
      }

      @Override
      public StoreLocation commit() {
        reach(Point.COMMIT, written());
        StoreLocation at = upload.commit();
        reach(Point.AFTER_COMMIT, written());
        return at;
      }

      @Override
      public void close() {
        upload.close();
      }
    };
  }

  @Override
  public void discard(UploadKey key) {
    reach(Point.DISCARD, 0);
    store.discard(key);
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
    reach(Point.READ, 0);
    return store.read(at, range);
  }

  @Override
  public void requireDeletable(StoreLocation at) {
    store.requireDeletable(at);
  }

  @Override
  public boolean holds(StoreLocation at) {
    return store.holds(at);
  }

  @Override
  public OptionalLong size(StoreLocation at) {
    reach(Point.READ, 0);
    return store.size(at);
  }

  @Override
  public boolean delete(StoreLocation at) {
    reach(Point.DELETE, 0);
    return store.delete(at);
  }

  @Override
  public void close() {
    store.close();
  }
}
