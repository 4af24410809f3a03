package dev.glance.api.store.file;

import dev.glance.api.store.StoresConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Settings of a file store for tests, without a reserve unless one is given. */
final class FileSettings {
  private FileSettings() {}

  /** The settings of these names and values, in turns. */
  static FileConfig of(String... namesAndValues) {
    Map<String, String> values = new HashMap<>();
    values.put("glance.stores.nfs.type", "file");
    values.put("glance.stores.nfs.file.reserve", "0");
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put("glance.stores.nfs.file." + namesAndValues[i], namesAndValues[i + 1]);
    }
    StoresConfig config =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(StoresConfig.class)
            .withDefaultValues(values)
            .build()
            .getConfigMapping(StoresConfig.class);
    return Objects.requireNonNull(config.stores().get("nfs")).file();
  }
}
