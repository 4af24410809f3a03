package dev.glance.model.metadef;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A property and what its values may be.
 *
 * @param name unique in its namespace, at most 80 characters
 * @param schema the members of its JSON schema in their order, as they were given; a value may be
 *     null
 */
public record PropertyDefinition(String name, Map<String, Object> schema) {
  public PropertyDefinition {
    // Keeps order and nulls, which Map.copyOf does not.
    schema = Collections.unmodifiableMap(new LinkedHashMap<>(schema));
  }
}
