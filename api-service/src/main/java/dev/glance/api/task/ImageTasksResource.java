package dev.glance.api.task;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.api.auth.Caller;
import dev.glance.api.http.JsonAnswer;
import dev.glance.api.http.RequestBody;
import dev.glance.api.policy.ImagePolicy;
import dev.glance.api.policy.Rule;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.TasksApi;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

/** {@code /v2/images/{id}/tasks} (API reference section 2.9). */
@Path("/v2/images/{id}/tasks")
@RunOnVirtualThread
public final class ImageTasksResource {
  private final ImagesApi images;
  private final TasksApi tasks;
  private final ImagePolicy policy;

  ImageTasksResource(ImagesApi images, TasksApi tasks, ImagePolicy policy) {
    this.images = images;
    this.tasks = tasks;
    this.policy = policy;
  }

  /** Lists the tasks about an image that the caller's project has; admins see all. */
  @GET
  public Response list(RoutingContext request, @PathParam("id") String id) {
    RequestBody.expectNone(request.request());
    if (ImageId.parse(id).isEmpty()) {
      throw GlanceException.imageNotFound(id);
    }
    Caller caller = Caller.of(request);
    Image image = images.show(caller.scope(), id);
    policy.require(caller, Rule.GET_IMAGE, image);
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    ArrayNode items = document.putArray("tasks");
    tasks
        .ofImage(caller.scope(), image.id())
        .forEach(task -> items.add(TaskDocument.ofImage(task)));
    return JsonAnswer.ok(document);
  }
}
