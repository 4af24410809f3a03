package dev.glance.model.metadef;

import java.util.List;

/** A namespace as lists show it. */
public record NamespaceEntry(
    Dated<Namespace> namespace, List<Dated<ResourceTypeAssociation>> resourceTypes) {
  public NamespaceEntry {
    resourceTypes = List.copyOf(resourceTypes);
  }
}
