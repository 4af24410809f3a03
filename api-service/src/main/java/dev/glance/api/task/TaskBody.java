package dev.glance.api.task;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.api.http.JsonText;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.TasksApi.NewTask;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the body of a new task (API reference section 2.17). */
final class TaskBody {
  /** What a task may do. */
  static final Set<String> TYPES = Set.of("import", "api_image_import", "location_import");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<LinkedHashMap<String, Object>> MAP = new TypeReference<>() {};

  /** What the input of an import must have. */
  private static final List<String> IMPORT =
      List.of("import_from", "import_from_format", "image_properties");

  private TaskBody() {}

  /**
   * Reads a body.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when it describes no task
   */
  static NewTask read(JsonNode body, @Nullable String requestId) {
    for (String name : List.of("type", "input")) {
      if (!body.isObject() || !body.has(name)) {
        throw GlanceException.invalid("Task '" + name + "' is required");
      }
    }
    String type = body.path("type").asText();
    if (!body.path("type").isTextual() || !TYPES.contains(type)) {
      throw GlanceException.invalid("Invalid type value: '" + type + "' is no type of task.");
    }
    JsonNode input = body.path("input");
    if (!(input.isObject() || input.isNull()) || !JsonText.isStorable(input)) {
      throw GlanceException.invalid("The input of a task must be an object of Unicode text.");
    }
    if (type.equals("import")) {
      checkImport(input);
    }
    JsonNode image = input.path("image_id");
    return new NewTask(
        type,
        image.isTextual() ? image.textValue() : null,
        requestId,
        input.isNull() ? null : JSON.convertValue(input, MAP),
        null);
  }

  private static void checkImport(JsonNode input) {
    for (String name : IMPORT) {
      if (!input.has(name)) {
        throw GlanceException.invalid("Input does not contain '" + name + "' field");
      }
    }
    String uri = input.path("import_from").asText().toLowerCase(Locale.ROOT);
    if (!uri.startsWith("http://") && !uri.startsWith("https://")) {
      throw GlanceException.invalid(
          "The given URI is not valid: images are imported from http and https alone.");
    }
  }
}
