package dev.glance.api.metadef;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.glance.api.registry.CommandRegistry;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.registry.MetadefCatalogueApi.LoadOutcome;
import dev.glance.model.registry.MetadefCatalogueApi.LoadRequest;
import java.util.List;

/**
 * {@link dev.glance.model.registry.MetadefCatalogueApi} for {@link MetadefsCommand}. Does not
 * implement it: what does is a resource to the framework.
 */
record CatalogueClient(CommandRegistry registry) {
  private static final String PATH = "metadef-catalogue";

  LoadOutcome load(LoadRequest request) {
    return registry.call("POST", PATH, request, new TypeReference<>() {});
  }

  void unload() {
    registry.call("DELETE", PATH, null);
  }

  List<NamespaceContent> all() {
    return registry.call("GET", PATH, null, new TypeReference<>() {});
  }
}
