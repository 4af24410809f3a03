package dev.glance.api.store;

import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Opens the stores when the service starts and closes them when it stops. */
final class StoresProducer {
  @Produces
  @Singleton
  Stores stores(StoresConfig config, StoreDefaultsConfig defaults) {
    return Stores.open(config, defaults.defaultStore(), defaults.dataDir());
  }

  void close(@Disposes Stores stores) {
    stores.close();
  }
}
