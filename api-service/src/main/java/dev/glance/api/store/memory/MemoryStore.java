package dev.glance.api.store.memory;

import dev.glance.api.store.ByteRange;
import dev.glance.api.store.ImageBytes;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.StoreInfo.Capability;
import dev.glance.api.store.StoreLocation;
import dev.glance.api.store.StoredObject;
import dev.glance.api.store.Upload;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.UploadKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each image as one array, at most 2 GiB, located as {@code memory://<store>/<object name>}.
 * Everything is lost with the process.
 */
public final class MemoryStore implements Store {
  private final StoreInfo info;
  private final Map<String, byte[]> published = new ConcurrentHashMap<>();

  public MemoryStore(String name, @Nullable String description, int weight) {
    this.info =
        new StoreInfo(
            name,
            "memory",
            description,
            weight,
            EnumSet.complementOf(EnumSet.of(Capability.SHARE)),
            Map.of());
  }

  @Override
  public StoreInfo info() {
    return info;
  }

  @Override
  public Upload upload(UploadKey key, OptionalLong sizeBytes) {
    return new MemoryUpload(key.objectName());
  }

  /** Only the published name can be left: bytes in flight belong to the {@link Upload} alone. */
  @Override
  public void discard(UploadKey key) {
    published.remove(key.objectName());
  }

  @Override
  public ImageBytes read(StoreLocation at, ByteRange range) {
    byte[] bytes = find(at);
    if (range.offset() + range.length() > bytes.length) {
      throw new StoreException.NotFound(
          "store " + info.name() + " holds only " + bytes.length + " bytes there", null);
    }
    return new ImageBytes.Stream(
        new ByteArrayInputStream(bytes, (int) range.offset(), (int) range.length()),
        range.length());
  }

  @Override
  public boolean holds(StoreLocation at) {
    URI uri = at.uri();
    String path = uri.getPath();
    return "memory".equals(uri.getScheme())
        && info.name().equals(uri.getAuthority())
        && path != null
        && path.length() >= 2;
  }

  @Override
  public OptionalLong size(StoreLocation at) {
    return OptionalLong.of(find(at).length);
  }

  @Override
  public boolean delete(StoreLocation at) {
    return published.remove(objectName(at)) != null;
  }

  @Override
  public void list(Consumer<StoredObject> each) {
    published.forEach(
        (name, bytes) ->
            each.accept(
                new StoredObject(
                    at(name),
                    ImageId.parse(name.split("\\.", 2)[0]).orElse(null),
                    false,
                    bytes.length,
                    Instant.EPOCH,
                    bytes)));
  }

  @Override
  public boolean remove(StoredObject object) {
    return published.remove(objectName(object.at()), object.mark());
  }

  private StoreLocation at(String objectName) {
    return new StoreLocation(URI.create("memory://" + info.name() + "/" + objectName));
  }

  /** How many images are kept. */
  int count() {
    return published.size();
  }

  @Override
  public void close() {
    published.clear();
  }

  private byte[] find(StoreLocation at) {
    byte[] bytes = published.get(objectName(at));
    if (bytes == null) {
      throw new StoreException.NotFound("store " + info.name() + " holds nothing there", null);
    }
    return bytes;
  }

  private String objectName(StoreLocation at) {
    if (!holds(at)) {
      throw new StoreException.BadLocation("the location is not of store " + info.name(), null);
    }
    return at.uri().getPath().substring(1);
  }

  /** Gathers the bytes of one upload. */
  private final class MemoryUpload implements Upload {
    private final String objectName;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final WritableByteChannel channel = Channels.newChannel(bytes);
    private boolean isOpen = true;

    MemoryUpload(String objectName) {
      this.objectName = objectName;
    }

    @Override
    public void write(ByteBuffer more) {
      requireOpen();
      try {
        channel.write(more);
      } catch (IOException e) {
        throw new StoreException.Unavailable("store " + info.name() + ": writing failed", e);
      }
    }

    @Override
    public long written() {
      return bytes.size();
    }

    @Override
    public StoreLocation commit() {
      requireOpen();
      if (published.putIfAbsent(objectName, bytes.toByteArray()) != null) {
        throw new StoreException.AlreadyExists(
            "store " + info.name() + ": the name is taken", null);
      }
      isOpen = false;
      return at(objectName);
    }

    @Override
    public void close() {
      isOpen = false;
      bytes.reset();
    }

    private void requireOpen() {
      if (!isOpen) {
        throw new StoreException.Cancelled("the upload is closed", null);
      }
    }
  }
}
