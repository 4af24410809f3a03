package dev.glance.model.metadef;

import java.util.List;

/**
 * A namespace to be made, with everything in it; a definition file holds one.
 *
 * @param tags their names
 */
public record NamespaceDefinition(
    Namespace namespace,
    List<ResourceTypeAssociation> resourceTypes,
    List<PropertyDefinition> properties,
    List<ObjectDefinition> objects,
    List<String> tags) {
  public NamespaceDefinition {
    resourceTypes = List.copyOf(resourceTypes);
    properties = List.copyOf(properties);
    objects = List.copyOf(objects);
    tags = List.copyOf(tags);
  }
}
