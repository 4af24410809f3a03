package dev.glance.model.metadef;

import java.util.List;

/**
 * A namespace with everything in it, each kind in the order of creation.
 *
 * @param tags their names
 */
public record NamespaceContent(
    Dated<Namespace> namespace,
    List<Dated<ResourceTypeAssociation>> resourceTypes,
    List<Dated<PropertyDefinition>> properties,
    List<Dated<ObjectDefinition>> objects,
    List<Dated<String>> tags) {
  public NamespaceContent {
    resourceTypes = List.copyOf(resourceTypes);
    properties = List.copyOf(properties);
    objects = List.copyOf(objects);
    tags = List.copyOf(tags);
  }
}
