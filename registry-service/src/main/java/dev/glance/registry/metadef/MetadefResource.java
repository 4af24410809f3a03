package dev.glance.registry.metadef;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.metadef.NamespaceEntry;
import dev.glance.model.metadef.NamespaceQuery;
import dev.glance.model.metadef.ObjectDefinition;
import dev.glance.model.metadef.PropertyDefinition;
import dev.glance.model.metadef.ResourceTypeAssociation;
import dev.glance.model.registry.MetadefsApi;
import dev.glance.model.registry.Scope;
import dev.glance.registry.metadef.DefinitionRepository.Taken;
import jakarta.transaction.Transactional;
import java.util.List;

/** The registry's side of {@link MetadefsApi}: says why a statement found nothing to do. */
public class MetadefResource implements MetadefsApi {
  private final NamespaceRepository namespaces;
  private final DefinitionRepository definitions;

  MetadefResource(NamespaceRepository namespaces, DefinitionRepository definitions) {
    this.namespaces = namespaces;
    this.definitions = definitions;
  }

  @Override
  public List<NamespaceEntry> list(Scope scope, NamespaceQuery query) {
    return namespaces
        .page(scope, query)
        .orElseThrow(
            () ->
                new GlanceException(
                    ErrorCode.NOT_FOUND, "The marker " + query.marker() + " names no namespace."));
  }

  @Override
  public NamespaceContent show(Scope scope, String namespace) {
    return namespaces.find(scope, namespace).orElseThrow(() -> noNamespace(namespace));
  }

  @Override
  public Dated<Namespace> create(Scope scope, NamespaceDefinition definition) {
    return namespaces.insert(definition, false);
  }

  @Override
  public Dated<Namespace> update(Scope scope, String namespace, Namespace change) {
    return namespaces.update(scope, namespace, change).orElseThrow(() -> noNamespace(namespace));
  }

  @Override
  public void delete(Scope scope, String namespace) {
    if (!namespaces.delete(scope, namespace)) {
      refuseIfProtected(scope, namespace);
    }
  }

  @Override
  public List<Dated<String>> resourceTypes(Scope scope) {
    return namespaces.resourceTypes();
  }

  @Override
  @Transactional
  public Dated<ResourceTypeAssociation> associate(
      Scope scope, String namespace, ResourceTypeAssociation association) {
    definitions.ensureResourceTypes(List.of(association), false);
    return addOne(scope, namespace, DefinitionKind.ASSOCIATION, association);
  }

  @Override
  public void dissociate(Scope scope, String namespace, String resourceType) {
    delete(scope, namespace, DefinitionKind.ASSOCIATION, resourceType);
  }

  @Override
  public Dated<ObjectDefinition> addObject(Scope scope, String namespace, ObjectDefinition object) {
    return addOne(scope, namespace, DefinitionKind.OBJECT, object);
  }

  @Override
  public Dated<ObjectDefinition> replaceObject(
      Scope scope, String namespace, String name, ObjectDefinition object) {
    return replace(scope, namespace, DefinitionKind.OBJECT, name, object);
  }

  @Override
  public void deleteObject(Scope scope, String namespace, String name) {
    delete(scope, namespace, DefinitionKind.OBJECT, name);
  }

  @Override
  public void deleteObjects(Scope scope, String namespace) {
    deleteAll(scope, namespace, DefinitionKind.OBJECT);
  }

  @Override
  public Dated<PropertyDefinition> addProperty(
      Scope scope, String namespace, PropertyDefinition property) {
    return addOne(scope, namespace, DefinitionKind.PROPERTY, property);
  }

  @Override
  public Dated<PropertyDefinition> replaceProperty(
      Scope scope, String namespace, String name, PropertyDefinition property) {
    return replace(scope, namespace, DefinitionKind.PROPERTY, name, property);
  }

  @Override
  public void deleteProperty(Scope scope, String namespace, String name) {
    delete(scope, namespace, DefinitionKind.PROPERTY, name);
  }

  @Override
  public void deleteProperties(Scope scope, String namespace) {
    deleteAll(scope, namespace, DefinitionKind.PROPERTY);
  }

  @Override
  @Transactional
  public List<Dated<String>> addTags(Scope scope, String namespace, NewTags tags) {
    if (!namespaces.lock(scope, namespace)) {
      throw noNamespace(namespace);
    }
    if (tags.names().isEmpty()) {
      return List.of();
    }
    if (tags.isReplacing()) {
      definitions.clear(scope, namespace, DefinitionKind.TAG);
    }
    return definitions.add(scope, namespace, DefinitionKind.TAG, tags.names(), Taken.REFUSE);
  }

  @Override
  public Dated<String> renameTag(Scope scope, String namespace, String name, String newName) {
    return replace(scope, namespace, DefinitionKind.TAG, name, newName);
  }

  @Override
  public void deleteTag(Scope scope, String namespace, String name) {
    delete(scope, namespace, DefinitionKind.TAG, name);
  }

  @Override
  public void deleteTags(Scope scope, String namespace) {
    deleteAll(scope, namespace, DefinitionKind.TAG);
  }

  private <T> Dated<T> addOne(Scope scope, String namespace, DefinitionKind kind, T definition) {
    return definitions.add(scope, namespace, kind, List.of(definition), Taken.REFUSE).stream()
        .findFirst()
        .orElseThrow(() -> noNamespace(namespace));
  }

  private <T> Dated<T> replace(
      Scope scope, String namespace, DefinitionKind kind, String name, T definition) {
    return definitions
        .replace(scope, namespace, kind, name, definition)
        .orElseThrow(() -> notThere(scope, namespace, kind, name));
  }

  private void delete(Scope scope, String namespace, DefinitionKind kind, String name) {
    if (!definitions.delete(scope, namespace, kind, name)) {
      if (!definitions.exists(scope, namespace, kind, name)) {
        throw notThere(scope, namespace, kind, name);
      }
      refuseIfProtected(scope, namespace);
    }
  }

  private void deleteAll(Scope scope, String namespace, DefinitionKind kind) {
    refuseIfProtected(scope, namespace);
    definitions.deleteAll(scope, namespace, kind);
  }

  private void refuseIfProtected(Scope scope, String namespace) {
    if (namespaces.isProtected(scope, namespace).orElseThrow(() -> noNamespace(namespace))) {
      throw GlanceException.forbidden(
          "The namespace " + namespace + " is protected: nothing in it can be deleted.");
    }
  }

  private GlanceException notThere(
      Scope scope, String namespace, DefinitionKind kind, String name) {
    return namespaces.isProtected(scope, namespace).isEmpty()
        ? noNamespace(namespace)
        : new GlanceException(
            ErrorCode.NOT_FOUND,
            "The namespace " + namespace + " has no " + kind.word() + " " + name + ".");
  }

  private static GlanceException noNamespace(String name) {
    return new GlanceException(ErrorCode.NOT_FOUND, "Namespace " + name + " not found.");
  }
}
