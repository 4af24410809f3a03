package dev.glance.model.task;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One task (API reference sections 2.9 and 2.17).
 *
 * @param id a lower-case UUID
 * @param type {@code import}, {@code api_image_import} or {@code location_import}
 * @param owner the project that it is for; null for none
 * @param expiresAt when it disappears; null until it has ended
 * @param imageId the image that it is about, as the client wrote the id; null for none
 * @param requestId of the request that made it
 * @param userId who made it
 * @param input what to do; null for nothing
 * @param result what came of it; null until it succeeded
 * @param message why it failed, for people; empty otherwise
 */
public record Task(
    String id,
    String type,
    TaskStatus status,
    @Nullable String owner,
    @Nullable Instant expiresAt,
    Instant createdAt,
    Instant updatedAt,
    @Nullable String imageId,
    @Nullable String requestId,
    @Nullable String userId,
    @Nullable Map<String, Object> input,
    @Nullable Map<String, Object> result,
    String message) {
  public Task {
    input = copy(input);
    result = copy(result);
  }

  private static @Nullable Map<String, Object> copy(@Nullable Map<String, Object> json) {
    return json == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(json));
  }
}
