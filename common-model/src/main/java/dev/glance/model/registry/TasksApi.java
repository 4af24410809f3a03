package dev.glance.model.registry;

import dev.glance.model.task.Task;
import dev.glance.model.task.TaskQuery;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tasks, the record of background work that clients see. A scope sees its own project's and those
 * of nobody, admins see all. Tasks that have expired are not there.
 */
@Path("/tasks")
public interface TasksApi {
  /** Writes a task down, status {@code pending}, or the end of one that is over already. */
  @POST
  Task create(@HeaderParam(Scope.HEADER) Scope scope, NewTask task);

  /**
   * One task.
   *
   * @throws dev.glance.model.error.GlanceException {@code NOT_FOUND} when there is none, {@code
   *     FORBIDDEN} when it is another's
   */
  @GET
  @Path("/{id}")
  Task show(@HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id);

  /**
   * One page of tasks; shorter than the limit only when it is the last.
   *
   * @throws dev.glance.model.error.GlanceException {@code MARKER_NOT_FOUND}, or {@code FORBIDDEN}
   *     when the marker is another's
   */
  @POST
  @Path("/query")
  List<Task> list(@HeaderParam(Scope.HEADER) Scope scope, TaskQuery query);

  /** The tasks about one image, oldest first. */
  @GET
  @Path("/images/{id}")
  List<Task> ofImage(@HeaderParam(Scope.HEADER) Scope scope, @PathParam("id") String id);

  /**
   * A task to be written down. Its owner and user are those of the scope.
   *
   * @param end null for one that has yet to run
   */
  record NewTask(
      String type,
      @Nullable String imageId,
      @Nullable String requestId,
      @Nullable Map<String, Object> input,
      @Nullable TaskEnd end) {
    public NewTask {
      input = input == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(input));
    }
  }

  /**
   * How a task ended.
   *
   * @param failure why, or null for success
   * @param keepMillis how long the record is kept
   */
  record TaskEnd(@Nullable String failure, long keepMillis) {}
}
