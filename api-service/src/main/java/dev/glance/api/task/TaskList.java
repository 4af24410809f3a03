package dev.glance.api.task;

import dev.glance.api.http.QueryString;
import dev.glance.api.image.ImageConfig;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.ImageId;
import dev.glance.model.task.TaskQuery;
import dev.glance.model.task.TaskQuery.SortKey;
import dev.glance.model.task.TaskStatus;
import java.math.BigInteger;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the query string of a list of tasks (API reference section 2.17). */
final class TaskList {
  private TaskList() {}

  /**
   * Reads the parameters; unknown ones do not count.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when one is not understood
   */
  static TaskQuery query(QueryString parameters, ImageConfig config) {
    String direction = parameters.get("sort_dir", "desc");
    if (!direction.equals("asc") && !direction.equals("desc")) {
      throw GlanceException.invalid("Invalid sort direction: " + direction);
    }
    TaskStatus status = status(parameters.get("status", ""));
    String type = parameters.get("type", "");
    if (!type.isEmpty() && !TaskBody.TYPES.contains(type)) {
      throw GlanceException.invalid("Invalid type value: " + type);
    }
    String marker = parameters.get("marker");
    if (marker != null && ImageId.parse(marker).isEmpty()) {
      throw GlanceException.invalid("Invalid marker format");
    }
    return new TaskQuery(
        Math.min(limit(parameters.get("limit"), config), config.apiLimitMax()),
        marker,
        sortKey(parameters.get("sort_key", "created_at")),
        direction.equals("desc"),
        status,
        type.isEmpty() ? null : type);
  }

  private static @Nullable TaskStatus status(String wireName) {
    try {
      return wireName.isEmpty() ? null : TaskStatus.of(wireName);
    } catch (IllegalArgumentException _) {
      throw GlanceException.invalid("Invalid status value: " + wireName);
    }
  }

  private static SortKey sortKey(String wireName) {
    for (SortKey key : SortKey.values()) {
      if (key.name().toLowerCase(Locale.ROOT).equals(wireName)) {
        return key;
      }
    }
    throw GlanceException.invalid("Tasks cannot be sorted by " + wireName);
  }

  private static int limit(@Nullable String limit, ImageConfig config) {
    if (limit == null) {
      return config.limitParamDefault();
    }
    if (!limit.strip().matches("[+-]?[0-9]+")) {
      throw GlanceException.invalid("limit param must be an integer");
    }
    BigInteger value = new BigInteger(limit.strip());
    if (value.signum() < 0) {
      throw GlanceException.invalid("limit param must be positive");
    }
    return value.min(BigInteger.valueOf(Integer.MAX_VALUE)).intValue();
  }
}
