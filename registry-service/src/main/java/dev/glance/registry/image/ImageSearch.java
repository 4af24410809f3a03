package dev.glance.registry.image;

import dev.glance.model.error.GlanceException;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageQuery.Filter;
import dev.glance.model.image.ImageQuery.Sort;
import dev.glance.model.image.ImageQuery.SortKey;
import dev.glance.model.image.MemberStatus;
import dev.glance.model.registry.Scope;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The statement for one page of a list. Pages are found by the sort keys of the last image before
 * (keyset), never by counting rows, so page 1,000 costs what page 1 costs. NULL sorts below every
 * value.
 */
final class ImageSearch {
  private final List<String> conditions = new ArrayList<>();
  private final Map<String, Object> parameters = new LinkedHashMap<>();
  private final List<Sort> order;

  ImageSearch(Scope scope, ImageQuery query) {
    this.order = completeOrder(query.sort());
    conditions.add("i.deleted_at IS NULL AND i.status <> 'killed'");
    conditions.add("i.is_hidden = " + parameter(query.isHidden()));
    conditions.add(listed(scope, query.filters()));
    query.filters().forEach(filter -> conditions.add(condition(filter)));
    parameters.put("limit", query.limit());
  }

  /** Leaves out everything up to and including the marker. */
  void startAfter(ImageEntity marker) {
    // Said once more for the first key alone, because an index can answer this but not the
    // alternatives.
    firstKeyBound(marker).ifPresent(conditions::add);
    List<String> alternatives = new ArrayList<>();
    List<String> ties = new ArrayList<>();
    for (Sort sort : order) {
      Column column = Column.of(sort.key());
      Object value = column.value().apply(marker);
      String later = later(column, sort.isAscending(), value);
      if (later != null) {
        alternatives.add(and(ties, later));
      }
      if (sort.equals(order.getLast())) {
        break;
      }
      ties.add(value == null ? column.sql() + " IS NULL" : column.sql() + " = " + parameter(value));
    }
    conditions.add("(" + String.join(" OR ", alternatives) + ")");
  }

  String sql() {
    return "SELECT i.* FROM images i WHERE "
        + String.join(" AND ", conditions)
        + " ORDER BY "
        + String.join(", ", order.stream().map(ImageSearch::orderBy).toList())
        + " LIMIT :limit";
  }

  Map<String, Object> parameters() {
    return parameters;
  }

  /** The rule of API reference section 2.2, "which images a list shows". */
  private String listed(Scope scope, List<Filter> filters) {
    boolean isVisibilityAsked =
        filters.stream()
            .anyMatch(f -> f.kind() == Filter.Kind.BASE && f.name().equals("visibility"));
    if (scope.isAdmin() && isVisibilityAsked) {
      return "TRUE";
    }
    // No image is owned by or shared with the empty project.
    String project = parameter(Optional.ofNullable(scope.project()).orElse(""));
    if (scope.isAdmin()) {
      return "(i.visibility <> 'community' OR i.owner = " + project + ")";
    }
    return "(i.visibility = 'public' OR i.owner = "
        + project
        + (isVisibilityAsked ? " OR i.visibility = 'community'" : "")
        + " OR (i.visibility = 'shared' AND EXISTS (SELECT FROM image_members m WHERE"
        + " m.image_id = i.id AND m.member = "
        + project
        + " AND m.status = ANY (cast("
        + parameter(memberStatuses(filters))
        + " AS text[])))))";
  }

  private static String[] memberStatuses(List<Filter> filters) {
    return filters.stream()
        .filter(filter -> filter.kind() == Filter.Kind.MEMBER_STATUS)
        .findFirst()
        .map(filter -> filter.values().toArray(String[]::new))
        .orElse(new String[] {MemberStatus.ACCEPTED.wireName()});
  }

  private String condition(Filter filter) {
    return switch (filter.kind()) {
      case TAGS ->
          "i.tags @> cast(" + parameter(filter.values().toArray(String[]::new)) + " AS text[])";
      case PROPERTY ->
          anyOf(
              filter.values().stream()
                  .map(
                      value ->
                          "i.properties @> jsonb_build_object("
                              + parameter(filter.name())
                              + ", "
                              + parameter(value)
                              + ")")
                  .toList());
      case BASE -> base(filter);
      case RANGE -> range(filter);
      case OUTSIDE -> "NOT " + range(filter);
      // Part of what is listed at all.
      case MEMBER_STATUS -> "TRUE";
    };
  }

  private String range(Filter filter) {
    String name = filter.name();
    Function<String, Object> bound =
        switch (name) {
          case "size", "virtual_size", "min_disk", "min_ram" -> value -> number(name, value);
          case "created_at", "updated_at" -> value -> time(name, value);
          default -> throw GlanceException.invalid("Images cannot be compared by " + name);
        };
    List<String> bounds = new ArrayList<>();
    if (!filter.values().get(0).isEmpty()) {
      bounds.add("i." + name + " >= " + parameter(bound.apply(filter.values().get(0))));
    }
    if (!filter.values().get(1).isEmpty()) {
      bounds.add("i." + name + " < " + parameter(bound.apply(filter.values().get(1))));
    }
    return bounds.isEmpty() ? "TRUE" : "(" + String.join(" AND ", bounds) + ")";
  }

  private String base(Filter filter) {
    List<Object> values = new ArrayList<>();
    String column =
        switch (filter.name()) {
          case "id" -> {
            filter.values().forEach(value -> ImageId.parse(value).ifPresent(values::add));
            yield "id";
          }
          case "name",
              "status",
              "visibility",
              "owner",
              "container_format",
              "disk_format",
              "checksum" -> {
            values.addAll(filter.values());
            yield filter.name();
          }
          case "os_hash_algo", "os_hash_value" -> {
            values.addAll(filter.values());
            yield filter.name().equals("os_hash_algo") ? "hash_algorithm" : "hash_value";
          }
          case "protected" -> {
            filter.values().forEach(value -> values.add(value.equals("true")));
            yield "is_protected";
          }
          case "size", "virtual_size", "min_disk", "min_ram" -> {
            filter.values().forEach(value -> values.add(number(filter.name(), value)));
            yield filter.name();
          }
          default -> throw GlanceException.invalid("Images cannot be filtered by " + filter.name());
        };
    return anyOf(values.stream().map(value -> "i." + column + " = " + parameter(value)).toList());
  }

  private static long number(String name, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException _) {
      throw GlanceException.invalid(name + " is a number, not '" + value + "'");
    }
  }

  private static Instant time(String name, String value) {
    try {
      return Instant.parse(value);
    } catch (DateTimeParseException _) {
      throw GlanceException.invalid(name + " is a time, not '" + value + "'");
    }
  }

  private static String anyOf(List<String> alternatives) {
    return alternatives.isEmpty() ? "FALSE" : "(" + String.join(" OR ", alternatives) + ")";
  }

  private Optional<String> firstKeyBound(ImageEntity marker) {
    Sort first = order.getFirst();
    Column column = Column.of(first.key());
    Object value = column.value().apply(marker);
    if (value == null) {
      return Optional.empty();
    }
    if (first.isAscending()) {
      return Optional.of(column.sql() + " >= " + parameter(value));
    }
    return column.isNullable()
        ? Optional.empty()
        : Optional.of(column.sql() + " <= " + parameter(value));
  }

  /** The rows that come after {@code value} in one column; null when there can be none. */
  private @Nullable String later(Column column, boolean isAscending, @Nullable Object value) {
    if (value == null) {
      return isAscending ? column.sql() + " IS NOT NULL" : null;
    }
    if (isAscending) {
      return column.sql() + " > " + parameter(value);
    }
    String smaller = column.sql() + " < " + parameter(value);
    return column.isNullable() ? "(" + smaller + " OR " + column.sql() + " IS NULL)" : smaller;
  }

  private static String and(List<String> ties, String last) {
    List<String> all = new ArrayList<>(ties);
    all.add(last);
    return "(" + String.join(" AND ", all) + ")";
  }

  private static String orderBy(Sort sort) {
    Column column = Column.of(sort.key());
    return column.sql()
        + (sort.isAscending() ? " ASC" : " DESC")
        // Said only where it matters: an index is not used for an order that it does not have.
        + (column.isNullable() ? (sort.isAscending() ? " NULLS FIRST" : " NULLS LAST") : "");
  }

  private static List<Sort> completeOrder(List<Sort> asked) {
    List<Sort> complete = new ArrayList<>();
    List<Sort> withTieBreakers = new ArrayList<>(asked);
    withTieBreakers.add(new Sort(SortKey.CREATED_AT, false));
    withTieBreakers.add(new Sort(SortKey.ID, false));
    for (Sort sort : withTieBreakers) {
      if (complete.stream().noneMatch(earlier -> earlier.key() == sort.key())) {
        complete.add(sort);
      }
      if (sort.key() == SortKey.ID) {
        break; // Unique: nothing after it can matter.
      }
    }
    return complete;
  }

  private String parameter(Object value) {
    String name = "p" + parameters.size();
    parameters.put(name, value);
    return ":" + name;
  }

  private record Column(
      String sql, boolean isNullable, Function<ImageEntity, @Nullable Object> value) {
    static Column of(SortKey key) {
      String sql = "i." + key.name().toLowerCase(Locale.ROOT);
      return switch (key) {
        case NAME -> new Column(sql, true, image -> image.name);
        case STATUS -> new Column(sql, false, image -> image.status);
        case CONTAINER_FORMAT -> new Column(sql, true, image -> image.containerFormat);
        case DISK_FORMAT -> new Column(sql, true, image -> image.diskFormat);
        case SIZE -> new Column(sql, true, image -> image.size);
        case ID -> new Column(sql, false, image -> image.id);
        case CREATED_AT -> new Column(sql, false, image -> image.createdAt);
        case UPDATED_AT -> new Column(sql, false, image -> image.updatedAt);
      };
    }
  }
}
