package dev.glance.registry.metadef;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.Namespace;
import dev.glance.model.metadef.NamespaceContent;
import dev.glance.model.metadef.NamespaceDefinition;
import dev.glance.model.metadef.NamespaceEntry;
import dev.glance.model.metadef.NamespaceQuery;
import dev.glance.model.registry.Scope;
import dev.glance.registry.metadef.DefinitionRepository.Taken;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Optional;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;

/**
 * The statements on {@code metadef_namespaces}. Each write is one conditional statement; what is in
 * a namespace goes with it by the foreign keys.
 */
@ApplicationScoped
class NamespaceRepository {
  /** Who may know of a namespace {@code n} (API reference section 2.20); see {@link #bind}. */
  static final String MAY_SEE =
      "(:admin OR n.visibility = 'public' OR n.owner IS NULL"
          + " OR n.owner = cast(:project AS text))";

  private static final String NAMESPACE =
      """
      json_build_object(
        'value', json_build_object(
          'name', n.name, 'displayName', n.display_name, 'description', n.description,
          'visibility', n.visibility, 'isProtected', n.is_protected, 'owner', n.owner),
        'createdAt', n.created_at, 'updatedAt', n.updated_at)
      """;

  private static final String ENTRY =
      "cast(json_build_object('namespace', "
          + NAMESPACE
          + ", 'resourceTypes', "
          + DefinitionKind.ASSOCIATION.list()
          + ") AS text)";

  private static final String CONTENT =
      "cast(json_build_object('namespace', "
          + NAMESPACE
          + ", 'resourceTypes', "
          + DefinitionKind.ASSOCIATION.list()
          + ", 'properties', "
          + DefinitionKind.PROPERTY.list()
          + ", 'objects', "
          + DefinitionKind.OBJECT.list()
          + ", 'tags', "
          + DefinitionKind.TAG.list()
          + ") AS text)";

  private static final TypeReference<Dated<Namespace>> DATED_NAMESPACE = new TypeReference<>() {};
  private static final TypeReference<Dated<String>> DATED_NAME = new TypeReference<>() {};
  private static final TypeReference<NamespaceEntry> NAMESPACE_ENTRY = new TypeReference<>() {};
  private static final TypeReference<NamespaceContent> NAMESPACE_CONTENT = new TypeReference<>() {};

  private final EntityManager database;
  private final ObjectMapper json;
  private final DefinitionRepository definitions;

  NamespaceRepository(EntityManager database, ObjectMapper json, DefinitionRepository definitions) {
    this.database = database;
    this.json = json;
    this.definitions = definitions;
  }

  /** Fills in the parameters that {@link #MAY_SEE} asks for. */
  static Query bind(Query query, Scope scope) {
    return query.setParameter("admin", scope.isAdmin()).setParameter("project", scope.project());
  }

  /** One page; empty when the marker names no namespace that the scope may see. */
  Optional<List<NamespaceEntry>> page(Scope scope, NamespaceQuery query) {
    if (query.marker() != null && isProtected(scope, query.marker()).isEmpty()) {
      return Optional.empty();
    }
    NamespaceSearch search = new NamespaceSearch(query);
    Query select =
        bind(
            database.createNativeQuery(
                "SELECT "
                    + ENTRY
                    + " FROM metadef_namespaces n WHERE "
                    + MAY_SEE
                    + search.conditionsAndOrder()),
            scope);
    search.parameters().forEach(select::setParameter);
    return Optional.of(all(select, NAMESPACE_ENTRY));
  }

  /** Empty when there is none, or none that the scope may know of. */
  Optional<NamespaceContent> find(Scope scope, String name) {
    return first(
        bind(
                database.createNativeQuery(
                    "SELECT "
                        + CONTENT
                        + " FROM metadef_namespaces n WHERE n.name = :name AND "
                        + MAY_SEE),
                scope)
            .setParameter("name", name),
        NAMESPACE_CONTENT);
  }

  /** Every namespace, in the order of creation. */
  List<NamespaceContent> all() {
    return all(
        database.createNativeQuery(
            "SELECT " + CONTENT + " FROM metadef_namespaces n ORDER BY n.id"),
        NAMESPACE_CONTENT);
  }

  /** Whether a namespace is protected; empty when there is none that the scope may know of. */
  Optional<Boolean> isProtected(Scope scope, String name) {
    List<?> found =
        bind(
                database.createNativeQuery(
                    "SELECT n.is_protected FROM metadef_namespaces n WHERE n.name = :name AND "
                        + MAY_SEE),
                scope)
            .setParameter("name", name)
            .getResultList();
    return found.stream().map(Boolean.class::cast).findFirst();
  }

  /**
   * Keeps others from changing or deleting a namespace until the transaction ends.
   *
   * @return false when there is none that the scope may know of
   */
  boolean lock(Scope scope, String name) {
    return !bind(
            database.createNativeQuery(
                "SELECT n.id FROM metadef_namespaces n WHERE n.name = :name AND "
                    + MAY_SEE
                    + " FOR NO KEY UPDATE"),
            scope)
        .setParameter("name", name)
        .getResultList()
        .isEmpty();
  }

  /**
   * Makes a namespace with everything in it, or nothing at all.
   *
   * @param isFromFile whether new resource types are protected
   * @throws GlanceException {@code CONFLICT} when a name is taken, or stands there twice
   */
  @Transactional
  Dated<Namespace> insert(NamespaceDefinition definition, boolean isFromFile) {
    Namespace namespace = definition.namespace();
    Dated<Namespace> made =
        first(
                bind(
                    database.createNativeQuery(
                        """
                        INSERT INTO metadef_namespaces AS n
                          (name, display_name, description, visibility, is_protected, owner)
                        VALUES (:newName, :displayName, :description, :visibility, :protected,
                          :owner)
                        ON CONFLICT (name) DO NOTHING
                        RETURNING cast(
                        """
                            + NAMESPACE
                            + " AS text)"),
                    namespace),
                DATED_NAMESPACE)
            .orElseThrow(() -> taken(namespace.name(), null));
    addContent(definition, isFromFile, Taken.REFUSE);
    return made;
  }

  /** Adds what a definition holds to the namespace of its name. */
  @Transactional
  void addContent(NamespaceDefinition definition, boolean isFromFile, Taken taken) {
    // Whoever may make a namespace may fill it, even where it is another project's.
    Scope all = Scope.service();
    String name = definition.namespace().name();
    definitions.ensureResourceTypes(definition.resourceTypes(), isFromFile);
    definitions.add(all, name, DefinitionKind.ASSOCIATION, definition.resourceTypes(), taken);
    definitions.add(all, name, DefinitionKind.PROPERTY, definition.properties(), taken);
    definitions.add(all, name, DefinitionKind.OBJECT, definition.objects(), taken);
    definitions.add(all, name, DefinitionKind.TAG, definition.tags(), taken);
  }

  /**
   * Replaces the namespace itself; empty when it is not there for this scope.
   *
   * @throws GlanceException {@code CONFLICT} when the new name is taken
   */
  @Transactional
  Optional<Dated<Namespace>> update(Scope scope, String name, Namespace change) {
    Query update =
        bind(
                bind(
                    database.createNativeQuery(
                        """
                        UPDATE metadef_namespaces n SET name = :newName,
                          display_name = :displayName, description = :description,
                          visibility = :visibility, is_protected = :protected, owner = :owner,
                          updated_at = now()
                        WHERE n.name = :name AND
                        """
                            + MAY_SEE
                            + " RETURNING cast("
                            + NAMESPACE
                            + " AS text)"),
                    change),
                scope)
            .setParameter("name", name);
    try {
      return first(update, DATED_NAMESPACE);
    } catch (ConstraintViolationException e) {
      throw taken(change.name(), e);
    }
  }

  /** Deletes a namespace, protected or not. */
  @Transactional
  void deleteAnyway(String name) {
    database
        .createNativeQuery("DELETE FROM metadef_namespaces WHERE name = :name")
        .setParameter("name", name)
        .executeUpdate();
  }

  /** False when it is protected, or not there for this scope. */
  @Transactional
  boolean delete(Scope scope, String name) {
    return bind(
                database.createNativeQuery(
                    "DELETE FROM metadef_namespaces n WHERE n.name = :name AND NOT n.is_protected"
                        + " AND "
                        + MAY_SEE),
                scope)
            .setParameter("name", name)
            .executeUpdate()
        > 0;
  }

  /** Deletes everything, protected or not. */
  @Transactional
  void deleteAll() {
    database.createNativeQuery("DELETE FROM metadef_namespaces").executeUpdate();
    database.createNativeQuery("DELETE FROM metadef_resource_types").executeUpdate();
  }

  /** Every resource type, in the order of creation. */
  List<Dated<String>> resourceTypes() {
    return all(
        database.createNativeQuery(
            """
            SELECT cast(json_build_object('value', t.name, 'createdAt', t.created_at,
              'updatedAt', t.updated_at) AS text)
            FROM metadef_resource_types t ORDER BY t.id
            """),
        DATED_NAME);
  }

  private static Query bind(Query query, Namespace namespace) {
    return query
        .setParameter("newName", namespace.name())
        .setParameter("displayName", namespace.displayName())
        .setParameter("description", namespace.description())
        .setParameter("visibility", namespace.visibility().wireName())
        .setParameter("protected", namespace.isProtected())
        .setParameter("owner", namespace.owner());
  }

  private static GlanceException taken(String name, @Nullable Throwable cause) {
    return new GlanceException(
        ErrorCode.CONFLICT, "There is a namespace " + name + " already.", cause);
  }

  private <T> Optional<T> first(Query query, TypeReference<T> type) {
    return all(query, type).stream().findFirst();
  }

  private <T> List<T> all(Query query, TypeReference<T> type) {
    List<?> rows = query.getResultList();
    return rows.stream().map(row -> read((String) row, type)).toList();
  }

  private <T> T read(String text, TypeReference<T> type) {
    try {
      return json.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
