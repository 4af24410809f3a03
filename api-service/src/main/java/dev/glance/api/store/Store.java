package dev.glance.api.store;

import dev.glance.model.registry.UploadKey;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * A place that keeps image bytes. Implementations are thread-safe, block, and are called on virtual
 * or pool threads, never on an event loop. Every method throws {@link StoreException} and nothing
 * else for a fault of the backend.
 *
 * <p>No attempt may harm another: an upload writes under a name of its own, publishing creates the
 * final name if it is absent and never replaces it, and {@link #discard} touches only what its key
 * names (architecture, "The life of an image's bytes").
 */
public interface Store extends AutoCloseable {
  /** Name, type and abilities. Cheap and constant. */
  StoreInfo info();

  /**
   * Opens an upload. Nothing is readable until {@link Upload#commit}; the caller closes it.
   *
   * @param sizeBytes the announced size, where known; stores use it to refuse early or to choose
   *     part sizes, the caller checks that it is met
   * @throws StoreException.Full when that many bytes can never fit
   */
  Upload upload(UploadKey key, OptionalLong sizeBytes);

  /**
   * Opens an upload for a project, like {@link #upload(UploadKey, OptionalLong)}, for stores that
   * keep images in the accounts of their projects; to others it makes no difference.
   */
  default Upload upload(UploadKey key, OptionalLong sizeBytes, Tenant tenant) {
    return upload(key, sizeBytes);
  }

  /**
   * Says who may read what is at a location from the backend itself, instead of those who might
   * before. Idempotent.
   *
   * @throws StoreException.NotFound when it is gone
   * @throws StoreException.Unsupported without {@link StoreInfo.Capability#SHARE}
   */
  default void share(StoreLocation at, Readers readers) {
    throw new StoreException.Unsupported("store " + info().name() + " has no access lists", null);
  }

  /**
   * Removes whatever an attempt left behind, temporary or published. Idempotent, from any replica;
   * silent when there is nothing.
   */
  void discard(UploadKey key);

  /**
   * Opens the bytes at a location for reading.
   *
   * @throws StoreException.NotFound when they are gone
   */
  ImageBytes read(StoreLocation at, ByteRange range);

  /** Whether a location is one of this store's, by its form alone: the bytes may be gone. */
  boolean holds(StoreLocation at);

  /**
   * The length of what is stored there, or empty when the backend does not say.
   *
   * @throws StoreException.NotFound when it is gone
   */
  OptionalLong size(StoreLocation at);

  /**
   * Looks whether the backend would refuse to delete what is at a location until somebody else lets
   * go of it, for whoever wants to know before anything is deleted. Takes a few seconds at most;
   * silent when the backend does not say by then, and when nothing is there.
   *
   * @throws StoreException.InUse when it would
   */
  default void requireDeletable(StoreLocation at) {}

  /** Removes the bytes at a location; false when they were already gone. */
  boolean delete(StoreLocation at);

  /**
   * Names everything that is in the store: images, what attempts have left, and what others put
   * there. What comes and goes meanwhile may be missing.
   *
   * @throws StoreException.Unsupported without {@link StoreInfo.Capability#LIST}
   */
  default void list(Consumer<StoredObject> each) {
    throw new StoreException.Unsupported("store " + info().name() + " cannot be listed", null);
  }

  /**
   * Removes an object if it still is the one that {@link #list} named; false when it is not.
   *
   * @throws StoreException.Unsupported without {@link StoreInfo.Capability#LIST}
   */
  default boolean remove(StoredObject object) {
    throw new StoreException.Unsupported("store " + info().name() + " cannot be listed", null);
  }

  /**
   * Looks whether the backend would take a call, for readiness. Cheap; changes nothing.
   *
   * @throws StoreException when it would not
   */
  default void check() {}

  /**
   * What the last {@link #check} found wrong in a store that serves all the same, such as one of
   * several directories that is away; empty when nothing was.
   */
  default Optional<String> impairment() {
    return Optional.empty();
  }

  /**
   * What the location's metadata is to say besides the store's name, for clients that know their
   * own way to the bytes.
   */
  default Map<String, Object> metadata(StoreLocation at) {
    return Map.of();
  }

  /** Releases what the store holds open. Uploads under way fail. */
  @Override
  void close();
}
