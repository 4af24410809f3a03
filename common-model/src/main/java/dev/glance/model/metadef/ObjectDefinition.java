package dev.glance.model.metadef;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A group of properties that belong together.
 *
 * @param name unique in its namespace, at most 80 characters
 * @param required the names of the properties that must be there
 * @param properties in their order
 */
public record ObjectDefinition(
    String name,
    @Nullable String description,
    List<String> required,
    List<PropertyDefinition> properties) {
  public ObjectDefinition {
    required = List.copyOf(required);
    properties = List.copyOf(properties);
  }
}
