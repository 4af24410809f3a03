package dev.glance.api.task;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.model.task.Task;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Writes tasks as clients see them. */
final class TaskDocument {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The tasks of an image have their times like this, without a zone. */
  private static final DateTimeFormatter MICROSECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

  private TaskDocument() {}

  /** A whole task; what is not known of its origin is left out. */
  static ObjectNode of(Task task) {
    ObjectNode document = stub(task);
    document.set("input", JSON.valueToTree(task.input()));
    document.set("result", JSON.valueToTree(task.result()));
    document.put("message", task.message());
    putIfKnown(document, "image_id", task.imageId());
    putIfKnown(document, "request_id", task.requestId());
    putIfKnown(document, "user_id", task.userId());
    return document;
  }

  /** A task in a list: neither input nor result nor message. */
  static ObjectNode stub(Task task) {
    ObjectNode document =
        JSON.createObjectNode()
            .put("id", task.id())
            .put("type", task.type())
            .put("status", task.status().wireName())
            .put("owner", task.owner())
            .put("created_at", seconds(task.createdAt()))
            .put("updated_at", seconds(task.updatedAt()))
            .put("self", "/v2/tasks/" + task.id())
            .put("schema", "/v2/schemas/task");
    if (task.expiresAt() != null) {
      document.put("expires_at", seconds(task.expiresAt()));
    }
    return document;
  }

  /** A task among those of an image: its row as upstream keeps it. */
  static ObjectNode ofImage(Task task) {
    ObjectNode document =
        JSON.createObjectNode()
            .put("id", task.id())
            .put("type", task.type())
            .put("status", task.status().wireName())
            .put("owner", task.owner())
            .put("expires_at", task.expiresAt() == null ? null : exact(task.expiresAt()))
            .put("created_at", exact(task.createdAt()))
            .put("updated_at", exact(task.updatedAt()))
            .putNull("deleted_at")
            .put("deleted", false)
            .put("image_id", task.imageId())
            .put("request_id", task.requestId())
            .put("user_id", task.userId());
    document.set("input", JSON.valueToTree(task.input()));
    document.set("result", JSON.valueToTree(task.result()));
    return document.put("message", task.message());
  }

  private static void putIfKnown(ObjectNode document, String name, @Nullable String value) {
    if (value != null) {
      document.put(name, value);
    }
  }

  private static String seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String exact(Instant time) {
    return MICROSECONDS.format(time);
  }
}
