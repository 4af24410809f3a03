package dev.glance.model.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where an image's bytes are.
 *
 * @param url the store's URI, in upstream's forms (API reference section 6.2)
 * @param metadata free members; with several stores, {@code store} names the configured store
 */
public record Location(String url, Map<String, Object> metadata) {
  public Location {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }
}
