package dev.glance.api.info;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.HashMap;
import java.util.Map;

/**
 * Anybody may call, and there are three stores: {@code fast} in memory, {@code slow} in files and
 * {@code web}, which reads from loopback.
 */
public class ThreeStores implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new HashMap<>(new Personas().getConfigOverrides());
    settings.put("glance.api.default-store", "fast");
    settings.put("glance.stores.fast.type", "memory");
    settings.put("glance.stores.fast.description", "the fast one");
    settings.put("glance.stores.fast.weight", "7");
    settings.put("glance.stores.slow.type", "file");
    settings.put("glance.stores.slow.file.directory", "target/slow-data");
    settings.put("glance.stores.slow.file.reserve", "0");
    settings.put("glance.stores.web.type", "http");
    settings.put("glance.stores.web.http.allowed-networks", "127.0.0.0/8");
    settings.put("glance.stores.web.http.disallowed-ports", "1");
    return settings;
  }
}
