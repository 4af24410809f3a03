package dev.glance.api.task;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.QueryString;
import dev.glance.api.http.RequestBody;
import dev.glance.api.http.RequestId;
import dev.glance.api.image.ImageConfig;
import dev.glance.api.policy.Policy;
import dev.glance.api.policy.Rule;
import dev.glance.api.policy.Target;
import dev.glance.model.registry.TasksApi;
import dev.glance.model.task.Task;
import dev.glance.model.task.TaskQuery;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;

/**
 * {@code /v2/tasks} (API reference section 2.17). Nothing runs a posted task yet: it stays pending.
 */
@Path("/v2/tasks")
@RunOnVirtualThread
public final class TaskResource {
  private static final String PATH = "/v2/tasks";

  private final TasksApi tasks;
  private final Policy policy;
  private final ImageConfig paging;

  TaskResource(TasksApi tasks, Policy policy, ImageConfig paging) {
    this.tasks = tasks;
    this.policy = policy;
    this.paging = paging;
  }

  /** Writes a task down. */
  @POST
  public Response create(RoutingContext request, InputStream body) {
    Caller caller = requireAccess(request);
    Task task =
        tasks.create(caller.scope(), TaskBody.read(RequestBody.json(body), RequestId.of(request)));
    return Response.fromResponse(JsonAnswer.created(TaskDocument.of(task)))
        .header(HttpHeaders.LOCATION, PATH + "/" + task.id())
        .build();
  }

  /** Lists a page of tasks. */
  @GET
  public Response list(RoutingContext request) {
    Caller caller = requireAccess(request);
    QueryString parameters = QueryString.of(request.request().query());
    TaskQuery query = TaskList.query(parameters, paging);
    List<Task> page = tasks.list(caller.scope(), query);
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ArrayNode items = document.putArray("tasks");
    page.forEach(task -> items.add(TaskDocument.stub(task)));
    document.put("first", parameters.first(PATH)).put("schema", "/v2/schemas/tasks");
    if (!page.isEmpty() && page.size() == query.limit()) {
      document.put("next", parameters.next(PATH, page.getLast().id()));
    }
    return JsonAnswer.ok(document);
  }

  /** Shows one task. */
  @GET
  @Path("/{task}")
  public Response show(RoutingContext request, @PathParam("task") String id) {
    Caller caller = requireAccess(request);
    RequestBody.expectNone(request.request());
    return JsonAnswer.ok(TaskDocument.of(tasks.show(caller.scope(), id)));
  }

  private Caller requireAccess(RoutingContext request) {
    Caller caller = Caller.of(request);
    policy.require(caller, Rule.TASKS_API_ACCESS, Target.NONE);
    return caller;
  }
}
