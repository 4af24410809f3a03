package dev.glance.it;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.it.Scenario.Request;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The table of differences that are meant, {@code differential/differences.yaml}. It remembers
 * which rows it has needed.
 */
final class KnownDifferences {
  /**
   * A row.
   *
   * @param status the status of upstream's answer that it is about, or 0
   */
  private record Row(boolean isEverywhere, int status, List<Pattern> what) {
    boolean explains(int upstreamStatus, String line) {
      return (status == 0 || status == upstreamStatus)
          && what.stream().anyMatch(pattern -> pattern.matcher(line).matches());
    }
  }

  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Set<String> needed = new HashSet<>();

  /** The table in a document; each row needs a reason. */
  KnownDifferences(JsonNode table) {
    table
        .properties()
        .forEach(
            entry -> {
              JsonNode row = entry.getValue();
              List<Pattern> what = new ArrayList<>();
              row.path("what").forEach(pattern -> what.add(Pattern.compile(pattern.asText())));
              if (what.isEmpty() || row.path("because").asText().isBlank()) {
                throw new IllegalArgumentException(entry.getKey() + " lacks a reason or a pattern");
              }
              rows.put(
                  entry.getKey(),
                  new Row(row.path("everywhere").asBoolean(), row.path("status").asInt(), what));
            });
  }

  /**
   * What is wrong, a line each: differences that no row explains, and rows that the request names
   * without need.
   *
   * @param status of upstream's answer
   */
  List<String> complaints(Request request, int status, List<String> differences) {
    List<String> complaints = new ArrayList<>();
    Set<String> unneeded = new HashSet<>(request.differs());
    for (String line : differences) {
      boolean isExplained = false;
      for (Map.Entry<String, Row> entry : rows.entrySet()) {
        Row row = entry.getValue();
        boolean applies = row.isEverywhere() || request.differs().contains(entry.getKey());
        if (applies && row.explains(status, line)) {
          isExplained = true;
          unneeded.remove(entry.getKey());
          needed.add(entry.getKey());
        }
      }
      if (!isExplained) {
        complaints.add(line);
      }
    }
    unneeded.forEach(name -> complaints.add("no longer differs: " + name));
    return complaints;
  }

  /** The rows that have explained nothing so far. */
  Set<String> unneeded() {
    Set<String> names = new HashSet<>(rows.keySet());
    names.removeAll(needed);
    return names;
  }
}
