package dev.glance.api.task;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.api.http.JsonAnswer;
import dev.glance.model.task.TaskStatus;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;

/**
 * {@code /v2/schemas/task} and {@code /tasks}, in the short form (API reference section 2.19). The
 * only schemas for which a body in the request does not matter.
 */
@Path("/v2/schemas/{name:tasks?}")
@NonBlocking
public final class TaskSchemaResource {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ObjectNode task = item(true);
  private final ObjectNode tasks = collection();

  TaskSchemaResource() {}

  /** The schema of a task document, or of a list of them. */
  @GET
  public Response schema(@PathParam("name") String name) {
    return JsonAnswer.ok(name.equals("task") ? task : tasks);
  }

  /** Items of a list have neither input nor result nor message. */
  private static ObjectNode item(boolean isWhole) {
    ObjectNode document = JSON.objectNode().put("name", "task");
    ObjectNode properties = document.putObject("properties");
    text(properties, "id", "An identifier for the task")
        .put(
            "pattern",
            "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}"
                + "-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$");
    ArrayNode types = text(properties, "type", "What the task does").putArray("enum");
    List.of("import", "api_image_import", "location_import").forEach(types::add);
    ArrayNode statuses = text(properties, "status", "Where the task is").putArray("enum");
    for (TaskStatus status : TaskStatus.values()) {
      statuses.add(status.wireName());
    }
    if (isWhole) {
      optional(properties, "input", "object", "What the task is told");
      optional(properties, "result", "object", "What came of the task");
      text(properties, "message", "Why the task failed, for people");
    }
    text(properties, "owner", "The project that the task is for");
    text(properties, "image_id", "The image that the task is about");
    text(properties, "request_id", "The request that made the task");
    text(properties, "user_id", "Who made the task");
    optional(properties, "expires_at", "string", "When the record of the task goes away");
    text(properties, "created_at", "When the task was made");
    text(properties, "updated_at", "When the task last changed");
    properties.putObject("self").put("readOnly", true).put("type", "string");
    properties.putObject("schema").put("readOnly", true).put("type", "string");
    return document;
  }

  private static ObjectNode collection() {
    ObjectNode document = JSON.objectNode().put("name", "tasks");
    ObjectNode properties = document.putObject("properties");
    properties.putObject("tasks").put("type", "array").set("items", item(false));
    properties.putObject("schema").put("type", "string");
    document.putArray("links").addObject().put("rel", "describedby").put("href", "{schema}");
    return document;
  }

  private static ObjectNode text(ObjectNode properties, String name, String description) {
    return properties.putObject(name).put("description", description).put("type", "string");
  }

  private static void optional(
      ObjectNode properties, String name, String type, String description) {
    properties
        .putObject(name)
        .put("description", description)
        .putArray("type")
        .add("null")
        .add(type);
  }
}
