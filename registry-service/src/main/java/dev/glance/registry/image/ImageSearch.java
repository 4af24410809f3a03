package dev.glance.registry.image;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageQuery.Filter;
import dev.glance.model.image.ImageQuery.Sort;
import dev.glance.model.image.ImageQuery.SortKey;
import dev.glance.model.image.MemberStatus;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.Scope;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The statement for one page of a list: a union of parts, each of which comes in the asked order
 * from an index and ends after one page, merged. A part is
 *
 * <ul>
 *   <li>a slice of what the caller may list, of one visibility: all of it, what the project owns,
 *       or what is shared with the project. So the indexes of {@code V009__list_order.sql}, which
 *       begin with the visibility or the owner, have each slice in one piece;
 *   <li>after a marker, one of the ways in which an image can come later than the marker. Pages are
 *       found by the sort keys of the last image before (keyset), never by counting rows, so page
 *       1,000 costs what page 1 costs.
 * </ul>
 *
 * <p>An index has a slice of all images in the order of any one sort key, read forward or backward.
 * What a project owns is in the order of creation, and sorted for other keys; what is shared with
 * it is always sorted. NULL sorts below every value.
 */
final class ImageSearch {
  private static final Set<SortKey> HARDLY_TIED =
      EnumSet.of(SortKey.CREATED_AT, SortKey.UPDATED_AT, SortKey.ID);

  /** How much earlier than created an image may seem to be changed, as clocks are corrected. */
  private static final Duration CLOCK_SET_BACK = Duration.ofHours(1);

  private final Map<String, Object> parameters = new LinkedHashMap<>();
  private final List<Sort> order;
  private final List<String> slices;
  private final boolean isFiltered;
  private final int limit;
  private final List<String> conditions = new ArrayList<>();
  private List<String> waysToComeLater = List.of("TRUE");

  ImageSearch(Scope scope, ImageQuery query) {
    this.order = completeOrder(query.sort());
    this.limit = query.limit();
    this.slices = slices(scope, query.filters());
    conditions.add("i.deleted_at IS NULL AND i.status <> 'killed'");
    conditions.add(query.isHidden() ? "i.is_hidden" : "NOT i.is_hidden");
    List<String> filters =
        Stream.concat(
                query.filters().stream().map(this::condition).flatMap(Optional::stream),
                properties(query.filters()).stream())
            .toList();
    conditions.addAll(filters);
    isFiltered = !filters.isEmpty();
  }

  /** Leaves out everything up to and including the marker. */
  void startAfter(Image marker) {
    List<String> ways = new ArrayList<>();
    List<String> ties = new ArrayList<>();
    int compared = comparedAsOne();
    for (Sort sort : order.subList(0, compared)) {
      Column column = Column.of(sort.key());
      Object value = column.value().apply(marker);
      later(column, sort.isAscending(), value).forEach(later -> ways.add(and(ties, later)));
      ties.add(value == null ? column.sql() + " IS NULL" : column.sql() + " = " + parameter(value));
    }
    ways.add(and(ties, later(order.subList(compared, order.size()), marker)));
    waysToComeLater = ways;
  }

  String sql() {
    String orderBy =
        " ORDER BY "
            + String.join(", ", order.stream().map(ImageSearch::orderBy).toList())
            // Not a parameter: only a plan that knows it can be kept, and planning costs more than
            // all else.
            + " LIMIT "
            + limit;
    List<String> parts = new ArrayList<>();
    for (String slice : slices) {
      for (String later : waysToComeLater) {
        parts.add(
            "(SELECT i.* FROM images i WHERE "
                + String.join(" AND ", slice, later, String.join(" AND ", conditions))
                + orderBy
                + ")");
      }
    }
    return parts.size() == 1
        ? parts.getFirst()
        : "SELECT i.* FROM (" + String.join("\nUNION ALL\n", parts) + ") i" + orderBy;
  }

  /**
   * The order alone decides the plan, unless there are filters, which find one image or all of
   * them.
   */
  ImageRows.Planning planning() {
    return isFiltered ? ImageRows.Planning.FOR_EACH_VALUE : ImageRows.Planning.ONCE;
  }

  Map<String, Object> parameters() {
    return parameters;
  }

  /** The rule of API reference section 2.2, "which images a list shows". */
  private List<String> slices(Scope scope, List<Filter> filters) {
    Optional<Filter> asked = filters.stream().filter(ImageSearch::isVisibility).findFirst();
    List<String> slices = new ArrayList<>();
    List<Visibility> ofProject = new ArrayList<>();
    for (Visibility visibility : Visibility.values()) {
      if (asked.isPresent() && !asked.get().values().contains(visibility.wireName())) {
        continue;
      }
      boolean isWhole =
          switch (visibility) {
            case PUBLIC -> true;
            case COMMUNITY -> asked.isPresent();
            case SHARED, PRIVATE -> scope.isAdmin();
          };
      if (isWhole) {
        slices.add(isOf(visibility));
      } else {
        ofProject.add(visibility);
      }
    }
    if (!ofProject.isEmpty()) {
      String project = parameter(Objects.requireNonNullElse(scope.project(), ImageRows.NO_PROJECT));
      ofProject.forEach(visibility -> slices.add(isOf(visibility) + " AND i.owner = " + project));
      if (ofProject.contains(Visibility.SHARED)) {
        slices.add(sharedWith(project, parameter(memberStatuses(filters))));
      }
    }
    // A visibility that does not exist: a slice of nothing.
    return slices.isEmpty() ? List.of("FALSE") : slices;
  }

  private static String isOf(Visibility visibility) {
    return "i.visibility = '" + visibility.wireName() + "'";
  }

  private static String sharedWith(String project, String statuses) {
    return """
        i.visibility = 'shared' AND i.owner IS DISTINCT FROM %1$s AND i.id IN (
          SELECT m.image_id FROM image_members m
          WHERE m.member = %1$s AND m.status = ANY (cast(%2$s AS text[])))"""
        .formatted(project, statuses);
  }

  private static boolean isVisibility(Filter filter) {
    return filter.kind() == Filter.Kind.BASE && filter.name().equals("visibility");
  }

  private static String[] memberStatuses(List<Filter> filters) {
    return filters.stream()
        .filter(filter -> filter.kind() == Filter.Kind.MEMBER_STATUS)
        .findFirst()
        .map(filter -> filter.values().toArray(String[]::new))
        .orElse(new String[] {MemberStatus.ACCEPTED.wireName()});
  }

  /** Empty for what is part of the slices. */
  private Optional<String> condition(Filter filter) {
    return switch (filter.kind()) {
      case TAGS ->
          Optional.of(
              "i.tags @> cast("
                  + parameter(filter.values().toArray(String[]::new))
                  + " AS text[])");
      case PROPERTY ->
          isOneProperty(filter)
              ? Optional.empty()
              : Optional.of(
                  anyOf(
                      filter.values().stream()
                          .map(value -> holds(property(filter.name(), value)))
                          .toList()));
      case BASE -> isVisibility(filter) ? Optional.empty() : Optional.of(base(filter));
      case RANGE -> Optional.of(range(filter) + whatFollows(filter));
      case OUTSIDE -> Optional.of("NOT " + range(filter));
      case MEMBER_STATUS -> Optional.empty();
    };
  }

  /** One comparison of a row for all properties that have one value. */
  private List<String> properties(List<Filter> filters) {
    List<String> conditions = new ArrayList<>();
    ObjectNode wanted = JsonNodeFactory.instance.objectNode();
    for (Filter filter : filters.stream().filter(ImageSearch::isOneProperty).toList()) {
      ObjectNode property = property(filter.name(), filter.values().getFirst());
      if (wanted.has(filter.name())) {
        conditions.add(holds(property));
      } else {
        wanted.setAll(property);
      }
    }
    if (!wanted.isEmpty()) {
      conditions.add(holds(wanted));
    }
    return conditions;
  }

  private static boolean isOneProperty(Filter filter) {
    return filter.kind() == Filter.Kind.PROPERTY && filter.values().size() == 1;
  }

  private static ObjectNode property(String name, String value) {
    return JsonNodeFactory.instance.objectNode().put(name, value);
  }

  /** The JSON is made here: PostgreSQL would make it anew for each row. */
  private String holds(ObjectNode properties) {
    return "i.properties @> cast(" + parameter(properties.toString()) + " AS jsonb)";
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

  /**
   * Nothing is changed before it is created, so a list in the order of the one time need not walk
   * through what a filter of the other one leaves out.
   */
  private String whatFollows(Filter filter) {
    String from = filter.values().get(0);
    String to = filter.values().get(1);
    if (filter.name().equals("updated_at") && !to.isEmpty()) {
      return " AND i.created_at < " + parameter(time("updated_at", to).plus(CLOCK_SET_BACK));
    }
    if (filter.name().equals("created_at") && !from.isEmpty()) {
      return " AND i.updated_at >= " + parameter(time("created_at", from).minus(CLOCK_SET_BACK));
    }
    return "";
  }

  private String base(Filter filter) {
    List<Object> values = new ArrayList<>();
    String column =
        switch (filter.name()) {
          case "id" -> {
            filter.values().forEach(value -> ImageId.parse(value).ifPresent(values::add));
            yield "id";
          }
          case "name", "status", "owner", "container_format", "disk_format", "checksum" -> {
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

  /**
   * Where the last run of sort keys begins that PostgreSQL can compare as one row: of one
   * direction, without NULL, and almost without ties, as it estimates a row by its first value.
   */
  private int comparedAsOne() {
    int from = order.size() - 1;
    while (from > 0
        && order.get(from - 1).isAscending() == order.getLast().isAscending()
        && HARDLY_TIED.contains(order.get(from - 1).key())) {
      from--;
    }
    return from;
  }

  private String later(List<Sort> compared, Image marker) {
    List<Column> columns = compared.stream().map(sort -> Column.of(sort.key())).toList();
    List<String> values =
        columns.stream()
            .map(column -> parameter(Objects.requireNonNull(column.value().apply(marker))))
            .toList();
    return "("
        + String.join(", ", columns.stream().map(Column::sql).toList())
        + (compared.getFirst().isAscending() ? ") > (" : ") < (")
        + String.join(", ", values)
        + ")";
  }

  /**
   * The rows that come after {@code value} in one column; none where there can be none, two where
   * an index has them in two places.
   */
  private List<String> later(Column column, boolean isAscending, @Nullable Object value) {
    if (value == null) {
      return isAscending ? List.of(column.sql() + " IS NOT NULL") : List.of();
    }
    String later = column.sql() + (isAscending ? " > " : " < ") + parameter(value);
    return isAscending || !column.isNullable()
        ? List.of(later)
        : List.of(later, column.sql() + " IS NULL");
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

  private record Column(String sql, boolean isNullable, Function<Image, @Nullable Object> value) {
    static Column of(SortKey key) {
      String sql = "i." + key.name().toLowerCase(Locale.ROOT);
      return switch (key) {
        case NAME -> new Column(sql, true, Image::name);
        case STATUS -> new Column(sql, false, image -> image.status().wireName());
        case CONTAINER_FORMAT -> new Column(sql, true, Image::containerFormat);
        case DISK_FORMAT -> new Column(sql, true, Image::diskFormat);
        case SIZE -> new Column(sql, true, Image::size);
        case ID -> new Column(sql, false, image -> ImageId.parse(image.id()).orElseThrow());
        case CREATED_AT -> new Column(sql, false, Image::createdAt);
        case UPDATED_AT -> new Column(sql, false, Image::updatedAt);
      };
    }
  }
}
