package dev.glance.registry.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.TasksApi.NewTask;
import dev.glance.model.registry.TasksApi.TaskEnd;
import dev.glance.model.task.TaskQuery;
import dev.glance.model.task.TaskStatus;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The statements on {@code tasks}. */
@ApplicationScoped
public class TaskRepository implements PanacheRepositoryBase<TaskEntity, UUID> {
  /** Those that have expired are as good as gone until {@link #insert} removes them. */
  private static final String IS_THERE = "(t.expires_at IS NULL OR t.expires_at > now())";

  private static final String MAY_SEE = "(:admin OR t.owner IS NULL OR t.owner = :project)";

  /** How many expired rows a new one takes away. */
  private static final int SWEPT = 100;

  private final ObjectMapper json;

  TaskRepository(ObjectMapper json) {
    this.json = json;
  }

  /** Writes a task down, and removes some that have expired, so that no row stays for ever. */
  @Transactional
  TaskEntity insert(Scope scope, NewTask task) {
    getEntityManager()
        .createNativeQuery(
            """
            DELETE FROM tasks WHERE id IN (
              SELECT id FROM tasks WHERE expires_at <= now()
              ORDER BY expires_at LIMIT :swept FOR UPDATE SKIP LOCKED)
            """)
        .setParameter("swept", SWEPT)
        .executeUpdate();
    TaskEnd end = task.end();
    return first(
            select(
                    """
                    INSERT INTO tasks (type, status, owner, image_id, request_id, user_id, input,
                      result, message, expires_at)
                    VALUES (:type, :status, :owner, :image, :request, :user,
                      cast(:input AS jsonb), cast(:result AS jsonb), :message,
                      now() + cast(:keep AS bigint) * interval '1 millisecond')
                    RETURNING *
                    """)
                .setParameter("type", task.type())
                .setParameter("status", status(end).wireName())
                .setParameter("owner", scope.project())
                .setParameter("image", task.imageId())
                .setParameter("request", task.requestId())
                .setParameter("user", scope.user())
                .setParameter("input", write(task.input()))
                .setParameter("result", write(result(task)))
                .setParameter("message", end == null || end.failure() == null ? "" : end.failure())
                .setParameter("keep", end == null ? null : end.keepMillis()))
        .orElseThrow();
  }

  private static TaskStatus status(@Nullable TaskEnd end) {
    if (end == null) {
      return TaskStatus.PENDING;
    }
    return end.failure() == null ? TaskStatus.SUCCESS : TaskStatus.FAILURE;
  }

  private static @Nullable Map<String, Object> result(NewTask task) {
    boolean isSuccess = task.end() != null && task.end().failure() == null;
    return isSuccess && task.imageId() != null ? Map.of("image_id", task.imageId()) : null;
  }

  /** Empty when there is none, whoever may see it. */
  Optional<TaskEntity> find(String id) {
    return ImageId.parse(id)
        .flatMap(
            key ->
                first(
                    select("SELECT t.* FROM tasks t WHERE t.id = :id AND " + IS_THERE)
                        .setParameter("id", key)));
  }

  List<TaskEntity> ofImage(Scope scope, String imageId) {
    return all(
        bind(
            select(
                    "SELECT t.* FROM tasks t WHERE lower(t.image_id) = :image AND "
                        + IS_THERE
                        + " AND "
                        + MAY_SEE
                        + " ORDER BY t.created_at, t.id")
                .setParameter("image", imageId.toLowerCase(Locale.ROOT)),
            scope));
  }

  /**
   * One page.
   *
   * @param marker the last task before it, or null
   */
  List<TaskEntity> page(Scope scope, TaskQuery query, @Nullable TaskEntity marker) {
    // A name of the enum and nothing that a client wrote. What is unset comes first.
    String column = "t." + query.sort().name().toLowerCase(Locale.ROOT);
    String direction = query.isDescending() ? " DESC NULLS LAST" : " ASC NULLS FIRST";
    String compare = query.isDescending() ? " < " : " > ";
    Map<String, Object> parameters = new HashMap<>();
    StringBuilder sql =
        new StringBuilder("SELECT t.* FROM tasks t WHERE ").append(IS_THERE).append(" AND ");
    sql.append(MAY_SEE);
    if (query.status() != null) {
      sql.append(" AND t.status = :status");
      parameters.put("status", query.status().wireName());
    }
    if (query.type() != null) {
      sql.append(" AND t.type = :type");
      parameters.put("type", query.type());
    }
    if (marker != null) {
      // The row of the marker itself, compared as the order does.
      sql.append(
          """
           AND (%1$s IS NOT NULL, coalesce(%1$s, %2$s), t.created_at, t.id) %3$s
             (SELECT %4$s IS NOT NULL, coalesce(%4$s, %2$s), m.created_at, m.id
              FROM tasks m WHERE m.id = :marker)
          """
              .formatted(column, unset(query.sort()), compare, column.replace("t.", "m.")));
      parameters.put("marker", marker.id);
    }
    sql.append(" ORDER BY ").append(column).append(direction);
    sql.append(", t.created_at").append(direction).append(", t.id").append(direction);
    sql.append(" LIMIT :limit");
    parameters.put("limit", query.limit());
    Query select = bind(select(sql.toString()), scope);
    parameters.forEach(select::setParameter);
    return all(select);
  }

  /** Any value of the column's type: it is only compared where both sides have it. */
  private static String unset(TaskQuery.SortKey key) {
    return switch (key) {
      case CREATED_AT, UPDATED_AT, EXPIRES_AT -> "cast('epoch' AS timestamptz)";
      case ID -> "cast('00000000-0000-0000-0000-000000000000' AS uuid)";
      case TYPE, STATUS, OWNER -> "''";
    };
  }

  private static Query bind(Query query, Scope scope) {
    return query
        .setParameter("admin", scope.isAdmin())
        .setParameter("project", Optional.ofNullable(scope.project()).orElse(""));
  }

  private @Nullable String write(@Nullable Object value) {
    try {
      return value == null ? null : json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private Query select(String sql) {
    return getEntityManager().createNativeQuery(sql, TaskEntity.class);
  }

  private static Optional<TaskEntity> first(Query query) {
    return all(query).stream().findFirst();
  }

  @SuppressWarnings("unchecked") // The query was made for this class.
  private static List<TaskEntity> all(Query query) {
    return query.getResultList();
  }
}
