package dev.glance.api.store;

import dev.glance.model.registry.UploadKey;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A store whose every write takes a while, and is given up when its thread is interrupted. */
public final class SlowStore implements Store {
  private final Store store;
  private final AtomicReference<Duration> perWrite;
  private final AtomicLong writes = new AtomicLong();

  public SlowStore(Store store, Duration perWrite) {
    this.store = store;
    this.perWrite = new AtomicReference<>(perWrite);
  }

  /** How long each write takes from now on. */
  public void perWrite(Duration duration) {
    perWrite.set(duration);
  }

  /** How many writes were begun. */
  public long writes() {
    return writes.get();
  }

  @Override
  public StoreInfo info() {
    return store.info();
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    Upload upload = store.upload(key, sizeBytes);
    return new Upload() {
      @Override
      public void write(ByteBuffer bytes) {
        writes.incrementAndGet();
        try {
          Thread.sleep(perWrite.get());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new StoreException.Cancelled("interrupted", e);
        }
        upload.write(bytes);
      }

      @Override
      public long written() {
        return upload.written();
      }

      @Override
      public StoreLocation commit() {
        return upload.commit();
      }

      @Override
      public void close() {
        upload.close();
      }
    };
  }

  @Override
  public void discard(UploadKey key) {
    store.discard(key);
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
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
    return store.size(at);
  }

  @Override
  public boolean delete(StoreLocation at) {
    return store.delete(at);
  }

  @Override
  public void close() {
    store.close();
  }
}
