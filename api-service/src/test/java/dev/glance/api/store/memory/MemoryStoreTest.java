package dev.glance.api.store.memory;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreContract;
import dev.glance.api.store.StoreLocation;
import java.util.stream.Stream;

class MemoryStoreTest extends StoreContract {
  @Override
  protected Store open() {
    return new MemoryStore("fast", null, 0);
  }

  @Override
  protected long leftovers() {
    return ((MemoryStore) store).count();
  }

  @Override
  protected long openHandles() {
    return 0;
  }

  @Override
  protected StoreLocation absent() {
    return StoreLocation.of("memory://fast/nothing");
  }

  @Override
  protected Stream<String> foreignLocations() {
    return Stream.of("memory://other/x", "memory://fast", "memory://fast/", "file:///fast/x", "x");
  }
}
