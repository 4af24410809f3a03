package dev.glance.api.image;

import dev.glance.model.error.GlanceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The value of a filter that may name several: {@code in:a,"b,c"} (API reference section 2.2). */
final class ValueList {
  /** The properties whose filters know operators. */
  private static final Set<String> WITH_OPERATORS =
      Set.of("id", "name", "status", "container_format", "disk_format");

  private static final Set<String> OTHER_OPERATORS = Set.of("gt", "gte", "lt", "lte", "neq");

  private ValueList() {}

  /**
   * The values, any of which is wanted.
   *
   * @throws GlanceException {@code INVALID_REQUEST} for another operator or unbalanced quotes
   */
  static List<String> parse(String property, String text) {
    int colon = WITH_OPERATORS.contains(property) ? text.indexOf(':') : -1;
    String operator = colon < 0 ? "" : text.substring(0, colon);
    if (operator.equals("in")) {
      return split(text.substring(colon + 1));
    }
    if (operator.equals("eq")) {
      return List.of(text.substring(colon + 1));
    }
    if (OTHER_OPERATORS.contains(operator)) {
      throw GlanceException.invalid(
          "Unable to filter by " + property + " with operator " + operator + ".");
    }
    return List.of(text);
  }

  private static List<String> split(String text) {
    List<String> values = new ArrayList<>();
    StringBuilder value = new StringBuilder();
    boolean isQuoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isEscaped = i > 0 && text.charAt(i - 1) == '\\';
      if (c == '"' && !isEscaped) {
        boolean isAtEdge =
            isQuoted
                ? i + 1 == text.length() || text.charAt(i + 1) == ','
                : i == 0 || text.charAt(i - 1) == ',';
        if (!isAtEdge) {
          throw GlanceException.invalid(
              "Invalid filter value " + text + ". A quote stands inside.");
        }
        isQuoted = !isQuoted;
      } else if (c == ',' && !isQuoted) {
        values.add(value.toString());
        value.setLength(0);
      } else {
        value.append(c);
      }
    }
    if (isQuoted) {
      throw GlanceException.invalid("Invalid filter value " + text + ". The quote is not closed.");
    }
    values.add(value.toString());
    return values;
  }
}
