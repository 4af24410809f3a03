package dev.glance.api.image;

import dev.glance.model.error.GlanceException;
import dev.glance.model.image.ImageQuery.Filter;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The value of a filter by time: {@code [gt|gte|lt|lte|eq|neq:]<ISO 8601>} (API reference section
 * 2.2). Times are compared as clients see them, in whole seconds; without an offset they are UTC.
 */
final class TimeFilter {
  private static final Pattern ISO_8601 =
      Pattern.compile(
          "(\\d{4})(?:-?(\\d{2})(?:-?(\\d{2})(?:[T ](\\d{2}):?(\\d{2})(?::?(\\d{2})([.,]\\d+)?)?"
              + "(Z|[+-]\\d{2}(?::?\\d{2})?)?)?)?)?");

  private TimeFilter() {}

  /**
   * Reads the value.
   *
   * @throws GlanceException {@code INVALID_REQUEST} for an unknown operator or no time
   */
  static Filter parse(String property, String text) {
    Optional<Time> plain = time(text);
    int colon = text.indexOf(':');
    if (plain.isPresent() || colon < 0) {
      return compare(property, "eq", plain.orElseThrow(() -> noTime(property, text)));
    }
    String value = text.substring(colon + 1);
    return compare(
        property, text.substring(0, colon), time(value).orElseThrow(() -> noTime(property, value)));
  }

  private static Filter compare(String property, String operator, Time time) {
    Instant second = time.second;
    Instant next = second.plusSeconds(1);
    // No shown time has a fraction, so none equals one that has.
    Instant from = time.hasFraction ? next : second;
    return switch (operator) {
      case "gt" -> filter(Filter.Kind.RANGE, property, next, null);
      case "gte" -> filter(Filter.Kind.RANGE, property, from, null);
      case "lt" -> filter(Filter.Kind.RANGE, property, null, from);
      case "lte" -> filter(Filter.Kind.RANGE, property, null, next);
      case "eq" -> filter(Filter.Kind.RANGE, property, from, next);
      case "neq" -> filter(Filter.Kind.OUTSIDE, property, from, next);
      default ->
          throw GlanceException.invalid(
              "Unable to filter by " + property + " with operator " + operator + ".");
    };
  }

  private static Filter filter(
      Filter.Kind kind, String property, @Nullable Instant from, @Nullable Instant to) {
    return new Filter(
        kind,
        property,
        List.of(from == null ? "" : from.toString(), to == null ? "" : to.toString()));
  }

  private record Time(Instant second, boolean hasFraction) {}

  private static Optional<Time> time(String text) {
    Matcher parts = ISO_8601.matcher(text.strip());
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      LocalDate date = LocalDate.of(number(parts, 1, 1), number(parts, 2, 1), number(parts, 3, 1));
      LocalTime time = LocalTime.of(number(parts, 4, 0), number(parts, 5, 0), number(parts, 6, 0));
      String offset = parts.group(8);
      Instant instant =
          date.atTime(time).toInstant(offset == null ? ZoneOffset.UTC : ZoneOffset.of(offset));
      String fraction = parts.group(7);
      return Optional.of(
          new Time(
              instant.truncatedTo(ChronoUnit.SECONDS),
              fraction != null && fraction.chars().anyMatch(c -> c >= '1' && c <= '9')));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private static int number(Matcher parts, int group, int whenMissing) {
    String digits = parts.group(group);
    return digits == null ? whenMissing : Integer.parseInt(digits);
  }

  private static GlanceException noTime(String property, String value) {
    return GlanceException.invalid("Invalid " + property + " filter: '" + value + "' is no time.");
  }
}
