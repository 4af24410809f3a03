package dev.glance.api.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** What of JSON the database can keep. */
public final class JsonText {
  private JsonText() {}

  /** Whether no text in it, names included, holds NUL or half of a surrogate pair. */
  public static boolean isStorable(JsonNode json) {
    for (Map.Entry<String, JsonNode> member : json.properties()) {
      if (!isStorable(member.getKey())) {
        return false;
      }
    }
    // The values of an object, the elements of a list.
    for (JsonNode element : json) {
      if (!isStorable(element)) {
        return false;
      }
    }
    return !json.isTextual() || isStorable(json.textValue());
  }

  private static boolean isStorable(String text) {
    return text.codePoints().allMatch(c -> c != 0 && (c < 0xD800 || c > 0xDFFF));
  }
}
