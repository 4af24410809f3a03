package dev.glance.model.registry;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.task.Task;
import dev.glance.model.task.TaskQuery;
import dev.glance.model.task.TaskStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The registry's tasks in memory; passes the same {@link TaskContract} as the real ones. */
public final class FakeTasks implements TasksApi {
  private final Map<String, Task> tasks = new LinkedHashMap<>();

  @Override
  public synchronized Task create(Scope scope, NewTask task) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    TaskEnd end = task.end();
    String failure = end == null ? null : end.failure();
    boolean isSuccess = end != null && failure == null;
    Task created =
        new Task(
            UUID.randomUUID().toString(),
            task.type(),
            end == null ? TaskStatus.PENDING : isSuccess ? TaskStatus.SUCCESS : TaskStatus.FAILURE,
            scope.project(),
            end == null ? null : now.plusMillis(end.keepMillis()),
            now,
            now,
            task.imageId(),
            task.requestId(),
            scope.user(),
            task.input(),
            isSuccess && task.imageId() != null ? Map.of("image_id", task.imageId()) : null,
            failure == null ? "" : failure);
    tasks.put(created.id(), created);
    return created;
  }

  @Override
  public synchronized Task show(Scope scope, String id) {
    return find(scope, id, ErrorCode.NOT_FOUND);
  }

  @Override
  public synchronized List<Task> list(Scope scope, TaskQuery query) {
    Comparator<Task> order = order(query);
    Task marker =
        query.marker() == null ? null : find(scope, query.marker(), ErrorCode.MARKER_NOT_FOUND);
    return tasks.values().stream()
        .filter(task -> isThere(task) && maySee(scope, task))
        .filter(task -> query.status() == null || query.status() == task.status())
        .filter(task -> query.type() == null || query.type().equals(task.type()))
        .sorted(order)
        .filter(task -> marker == null || order.compare(task, marker) > 0)
        .limit(query.limit())
        .toList();
  }

  @Override
  public synchronized List<Task> ofImage(Scope scope, String id) {
    return tasks.values().stream()
        .filter(task -> isThere(task) && maySee(scope, task))
        .filter(task -> id.equalsIgnoreCase(task.imageId()))
        .toList();
  }

  private Task find(Scope scope, String id, ErrorCode whenNone) {
    Task task = tasks.get(id.toLowerCase(Locale.ROOT));
    if (task == null || !isThere(task)) {
      throw new GlanceException(whenNone, "No task found with ID " + id);
    }
    if (!maySee(scope, task)) {
      throw GlanceException.forbidden("Task " + id + " is not yours to see");
    }
    return task;
  }

  private static boolean isThere(Task task) {
    return task.expiresAt() == null || task.expiresAt().isAfter(Instant.now());
  }

  private static boolean maySee(Scope scope, Task task) {
    return scope.isAdmin() || task.owner() == null || task.owner().equals(scope.project());
  }

  /** What is unset comes first. */
  private static Comparator<Task> order(TaskQuery query) {
    Comparator<Task> order =
        switch (query.sort()) {
          case CREATED_AT -> Comparator.comparing(Task::createdAt);
          case UPDATED_AT -> Comparator.comparing(Task::updatedAt);
          case EXPIRES_AT -> (a, b) -> compare(a.expiresAt(), b.expiresAt());
          case ID -> Comparator.comparing(Task::id);
          case TYPE -> Comparator.comparing(Task::type);
          case STATUS -> Comparator.comparing(task -> task.status().wireName());
          case OWNER -> (a, b) -> compare(a.owner(), b.owner());
        };
    Comparator<Task> whole = order.thenComparing(Task::createdAt).thenComparing(Task::id);
    return query.isDescending() ? whole.reversed() : whole;
  }

  private static <T extends Comparable<T>> int compare(@Nullable T a, @Nullable T b) {
    return a == null || b == null ? Boolean.compare(a != null, b != null) : a.compareTo(b);
  }
}
