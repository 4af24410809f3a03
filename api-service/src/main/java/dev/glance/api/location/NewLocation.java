package dev.glance.api.location;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.api.http.JsonText;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Location;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A location that a client writes.
 *
 * @param validation null when the client says nothing of the digests
 */
public record NewLocation(Location location, @Nullable ValidationData validation) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<LinkedHashMap<String, Object>> MAP = new TypeReference<>() {};
  private static final int MAX_URL = 255;

  /**
   * Reads a location.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when its form is wrong
   */
  public static NewLocation of(JsonNode json) {
    if (!json.isObject()) {
      throw invalid("a location must be an object");
    }
    JsonNode url = json.path("url");
    if (!url.isTextual() || url.textValue().codePointCount(0, url.textValue().length()) > MAX_URL) {
      throw invalid("a location needs url, a string of at most " + MAX_URL + " characters");
    }
    JsonNode metadata = json.path("metadata");
    if (!metadata.isObject()) {
      throw invalid("a location needs metadata, an object");
    }
    if (!JsonText.isStorable(json)) {
      throw invalid("a location holds a character that is not Unicode text");
    }
    JsonNode validation = json.path("validation_data");
    Map<String, Object> members = JSON.convertValue(metadata, MAP);
    return new NewLocation(
        new Location(url.textValue(), members),
        validation.isMissingNode() ? null : ValidationData.of(validation));
  }

  private static GlanceException invalid(String reason) {
    return GlanceException.invalid("Invalid locations: " + reason + ".");
  }
}
