package dev.glance.registry.task;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.TasksApi;
import dev.glance.model.task.Task;
import dev.glance.model.task.TaskQuery;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The registry's side of {@link TasksApi}. */
public class TaskResource implements TasksApi {
  private final TaskRepository tasks;

  TaskResource(TaskRepository tasks) {
    this.tasks = tasks;
  }

  @Override
  public Task create(Scope scope, NewTask task) {
    return tasks.insert(scope, task).toModel();
  }

  @Override
  public Task show(Scope scope, String id) {
    return find(scope, id, ErrorCode.NOT_FOUND, "No task found with ID " + id).toModel();
  }

  @Override
  public List<Task> list(Scope scope, TaskQuery query) {
    String id = query.marker();
    @Nullable TaskEntity marker =
        id == null
            ? null
            : find(scope, id, ErrorCode.MARKER_NOT_FOUND, "Marker " + id + " names no task");
    return tasks.page(scope, query, marker).stream().map(TaskEntity::toModel).toList();
  }

  @Override
  public List<Task> ofImage(Scope scope, String id) {
    return tasks.ofImage(scope, id).stream().map(TaskEntity::toModel).toList();
  }

  private TaskEntity find(Scope scope, String id, ErrorCode whenNone, String message) {
    TaskEntity task = tasks.find(id).orElseThrow(() -> new GlanceException(whenNone, message));
    if (!scope.isAdmin() && task.owner != null && !task.owner.equals(scope.project())) {
      throw GlanceException.forbidden("Task " + id + " is not yours to see");
    }
    return task;
  }
}
