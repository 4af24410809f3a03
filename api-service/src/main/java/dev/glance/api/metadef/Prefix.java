package dev.glance.api.metadef;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.ObjectDefinition;
import dev.glance.model.metadef.PropertyDefinition;
import dev.glance.model.metadef.ResourceTypeAssociation;
import java.util.List;
import java.util.Optional;

/** The names of properties as they are on resources of one type. */
final class Prefix {
  private Prefix() {}

  /**
   * The name of a property without the prefix that it has on resources of a type.
   *
   * @throws GlanceException {@code NOT_FOUND} when there is no such association, or no such prefix
   */
  static String remove(NamespaceContent content, String resourceType, String name) {
    return association(content, resourceType)
        .map(ResourceTypeAssociation::prefix)
        .filter(prefix -> !prefix.isEmpty() && name.startsWith(prefix))
        .map(prefix -> name.substring(prefix.length()))
        .orElseThrow(
            () ->
                new GlanceException(
                    ErrorCode.NOT_FOUND,
                    "The property "
                        + name
                        + " does not have the prefix of the resource type "
                        + resourceType
                        + "."));
  }

  private static Optional<ResourceTypeAssociation> association(
      NamespaceContent content, String resourceType) {
    return content.resourceTypes().stream()
        .map(Dated::value)
        .filter(association -> association.name().equals(resourceType))
        .findFirst();
  }

  /** A namespace whose properties have the prefix of the resource type, if it has one. */
  static NamespaceContent add(NamespaceContent content, String resourceType) {
    String prefix =
        association(content, resourceType).map(ResourceTypeAssociation::prefix).orElse("");
    return new NamespaceContent(
        content.namespace(),
        content.resourceTypes(),
        content.properties().stream()
            .map(dated -> dated(dated, prefixed(prefix, dated.value())))
            .toList(),
        content.objects().stream()
            .map(dated -> dated(dated, prefixed(prefix, dated.value())))
            .toList(),
        content.tags());
  }

  private static <T> Dated<T> dated(Dated<T> like, T value) {
    return new Dated<>(value, like.createdAt(), like.updatedAt());
  }

  private static PropertyDefinition prefixed(String prefix, PropertyDefinition property) {
    return new PropertyDefinition(prefix + property.name(), property.schema());
  }

  private static ObjectDefinition prefixed(String prefix, ObjectDefinition object) {
    List<String> required = object.required().stream().map(prefix::concat).toList();
    return new ObjectDefinition(
        object.name(),
        object.description(),
        required,
        object.properties().stream().map(property -> prefixed(prefix, property)).toList());
  }
}
