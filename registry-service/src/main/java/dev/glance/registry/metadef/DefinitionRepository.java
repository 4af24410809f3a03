package dev.glance.registry.metadef;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.ResourceTypeAssociation;
import dev.glance.model.registry.Scope;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hibernate.exception.ConstraintViolationException;

/**
 * The statements on what namespaces hold. Whoever adds locks the namespace's key, so that it cannot
 * be deleted meanwhile, and finds nothing if it was.
 */
@ApplicationScoped
class DefinitionRepository {
  private final EntityManager database;
  private final ObjectMapper json;

  DefinitionRepository(EntityManager database, ObjectMapper json) {
    this.database = database;
    this.json = json;
  }

  /** What becomes of a definition whose name is taken. */
  enum Taken {
    /** The whole statement is refused. */
    REFUSE,
    /** The one that is there stays. */
    KEEP,
    /** The new one takes its place. */
    REPLACE
  }

  /**
   * Adds definitions in their order, all or none.
   *
   * @param <T> the record of {@code kind}
   * @return those that were added or replaced; none when the scope sees no such namespace
   * @throws GlanceException {@code CONFLICT} when a name is taken and {@code taken} says so
   */
  @Transactional
  <T> List<Dated<T>> add(
      Scope scope, String namespace, DefinitionKind kind, List<T> definitions, Taken taken) {
    if (definitions.isEmpty()) {
      return List.of();
    }
    String onConflict =
        switch (taken) {
          case REFUSE -> "";
          case KEEP -> " ON CONFLICT (namespace_id, name) DO NOTHING";
          case REPLACE ->
              " ON CONFLICT (namespace_id, name) DO UPDATE SET "
                  + kind.replacement()
                  + "updated_at = now()";
        };
    Query insert =
        query(
                "INSERT INTO "
                    + kind.table()
                    + " AS d (namespace_id, "
                    + kind.columns()
                    + ") SELECT n.id, "
                    + kind.columnValues()
                    + " FROM metadef_namespaces n,"
                    + " json_array_elements(cast(:values AS json)) WITH ORDINALITY AS l (v, i)"
                    + " WHERE n.name = :namespace AND "
                    + NamespaceRepository.MAY_SEE
                    + " ORDER BY l.i FOR KEY SHARE OF n"
                    + onConflict
                    + " RETURNING cast("
                    + kind.dated()
                    + " AS text)",
                scope,
                namespace)
            .setParameter("values", write(definitions));
    return run(insert, kind);
  }

  /**
   * Makes resource types that are not there yet.
   *
   * @param isProtected what new ones are
   */
  @Transactional
  void ensureResourceTypes(List<ResourceTypeAssociation> associations, boolean isProtected) {
    database
        .createNativeQuery(
            """
            INSERT INTO metadef_resource_types (name, is_protected)
            SELECT v ->> 'name', :protected
            FROM json_array_elements(cast(:values AS json)) WITH ORDINALITY AS l (v, i)
            ORDER BY i
            ON CONFLICT (name) DO NOTHING
            """)
        .setParameter("protected", isProtected)
        .setParameter("values", write(associations))
        .executeUpdate();
  }

  /**
   * Puts another definition in the place of one.
   *
   * @return empty when the scope sees no such namespace, or nothing of the name is in it
   * @throws GlanceException {@code CONFLICT} when the new name is taken
   */
  @Transactional
  <T> Optional<Dated<T>> replace(
      Scope scope, String namespace, DefinitionKind kind, String name, T definition) {
    Query update =
        query(
                "UPDATE "
                    + kind.table()
                    + " d SET ("
                    + kind.columns()
                    + ") = (SELECT "
                    + kind.columnValues()
                    + " FROM (SELECT cast(:value AS json) AS v) l), updated_at = now()"
                    + " FROM metadef_namespaces n"
                    + " WHERE d.namespace_id = n.id AND d.name = :name AND n.name = :namespace AND "
                    + NamespaceRepository.MAY_SEE
                    + " RETURNING cast("
                    + kind.dated()
                    + " AS text)",
                scope,
                namespace)
            .setParameter("name", name)
            .setParameter("value", write(definition));
    return this.<T>run(update, kind).stream().findFirst();
  }

  /** False when nothing was deleted: it is not there for this scope, or protected. */
  @Transactional
  boolean delete(Scope scope, String namespace, DefinitionKind kind, String name) {
    return deletion(scope, namespace, kind, " AND d.name = :name")
            .setParameter("name", name)
            .executeUpdate()
        > 0;
  }

  /** Deletes all of a kind, unless the namespace is protected. */
  @Transactional
  void deleteAll(Scope scope, String namespace, DefinitionKind kind) {
    deletion(scope, namespace, kind, "").executeUpdate();
  }

  /** Deletes all of a kind to make room for others, in a protected namespace too. */
  @Transactional
  void clear(Scope scope, String namespace, DefinitionKind kind) {
    query(
            "DELETE FROM "
                + kind.table()
                + " d USING metadef_namespaces n"
                + " WHERE d.namespace_id = n.id AND n.name = :namespace AND "
                + NamespaceRepository.MAY_SEE,
            scope,
            namespace)
        .executeUpdate();
  }

  private Query deletion(Scope scope, String namespace, DefinitionKind kind, String condition) {
    return query(
        "DELETE FROM "
            + kind.table()
            + " d USING metadef_namespaces n WHERE d.namespace_id = n.id AND n.name = :namespace"
            + " AND NOT n.is_protected AND "
            + NamespaceRepository.MAY_SEE
            + condition,
        scope,
        namespace);
  }

  /** Whether the scope sees something of this kind and name. */
  boolean exists(Scope scope, String namespace, DefinitionKind kind, String name) {
    return !query(
            "SELECT 1 FROM metadef_namespaces n JOIN "
                + kind.table()
                + " d ON d.namespace_id = n.id"
                + " WHERE n.name = :namespace AND d.name = :name AND "
                + NamespaceRepository.MAY_SEE,
            scope,
            namespace)
        .setParameter("name", name)
        .getResultList()
        .isEmpty();
  }

  private Query query(String sql, Scope scope, String namespace) {
    return NamespaceRepository.bind(database.createNativeQuery(sql), scope)
        .setParameter("namespace", namespace);
  }

  private <T> List<Dated<T>> run(Query query, DefinitionKind kind) {
    List<?> rows;
    try {
      rows = query.getResultList();
    } catch (ConstraintViolationException e) {
      throw new GlanceException(
          ErrorCode.CONFLICT, "The namespace has such a " + kind.word() + " already.", e);
    }
    JavaType type = json.getTypeFactory().constructParametricType(Dated.class, kind.type());
    List<Dated<T>> records = new ArrayList<>(rows.size());
    try {
      for (Object row : rows) {
        records.add(json.readValue((String) row, type));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    return records;
  }

  private String write(Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
