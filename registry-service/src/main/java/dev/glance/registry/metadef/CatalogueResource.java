package dev.glance.registry.metadef;

import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.registry.MetadefCatalogueApi;
import dev.glance.model.registry.Scope;
import dev.glance.registry.metadef.DefinitionRepository.Taken;
import jakarta.transaction.Transactional;
import java.util.List;

/** The registry's side of {@link MetadefCatalogueApi}. */
public class CatalogueResource implements MetadefCatalogueApi {
  private final NamespaceRepository namespaces;

  CatalogueResource(NamespaceRepository namespaces) {
    this.namespaces = namespaces;
  }

  @Override
  @Transactional
  public LoadOutcome load(LoadRequest request) {
    NamespaceDefinition definition = request.definition();
    String name = definition.namespace().name();
    if (!namespaces.lock(Scope.service(), name)) {
      namespaces.insert(definition, true);
      return LoadOutcome.CREATED;
    }
    return switch (request.mode()) {
      case SKIP -> LoadOutcome.SKIPPED;
      case MERGE -> {
        namespaces.addContent(definition, true, Taken.KEEP);
        yield LoadOutcome.MERGED;
      }
      case PREFER_NEW -> {
        namespaces.update(Scope.service(), name, definition.namespace());
        namespaces.addContent(definition, true, Taken.REPLACE);
        yield LoadOutcome.MERGED;
      }
      case OVERWRITE -> {
        namespaces.deleteAnyway(name);
        namespaces.insert(definition, true);
        yield LoadOutcome.OVERWRITTEN;
      }
    };
  }

  @Override
  public void unload() {
    namespaces.deleteAll();
  }

  @Override
  public List<NamespaceContent> all() {
    return namespaces.all();
  }
}
