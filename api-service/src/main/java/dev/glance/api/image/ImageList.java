package dev.glance.api.image;

import dev.glance.api.http.QueryString;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageQuery.Filter;
import dev.glance.model.image.ImageQuery.Sort;
import dev.glance.model.image.ImageQuery.SortKey;
import dev.glance.model.image.MemberStatus;
import dev.glance.model.image.Visibility;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The query string of a list, read into an {@link ImageQuery}, and the links of its pages (API
 * reference section 2.2).
 */
final class ImageList {
  private static final String PATH = "/v2/images";

  /** Read elsewhere, but for {@code deleted}: deleted images are in no list, whatever it says. */
  private static final Set<String> NO_FILTERS =
      Set.of("limit", "marker", "sort_key", "sort_dir", "sort", "os_hidden", "deleted");

  private static final Set<String> INTEGERS = Set.of("size", "virtual_size", "min_disk", "min_ram");
  private static final Set<String> TEXTS =
      Set.of(
          "id",
          "name",
          "status",
          "container_format",
          "disk_format",
          "owner",
          "checksum",
          "os_hash_algo",
          "os_hash_value");

  private final ImageQuery query;
  private final QueryString parameters;

  private ImageList(ImageQuery query, QueryString parameters) {
    this.query = query;
    this.parameters = parameters;
  }

  /**
   * Reads the parameters.
   *
   * @param rawQuery as the HTTP decoder gives it, each byte that the client sent raw as one
   *     character; null when there was none
   * @throws GlanceException {@code INVALID_REQUEST} when a parameter is not understood
   */
  static ImageList of(@Nullable String rawQuery, ImageConfig config) {
    QueryString parameters = QueryString.of(rawQuery);
    String limit = parameters.get("limit");
    List<Filter> filters = new ArrayList<>();
    for (String name : parameters.names()) {
      if (!NO_FILTERS.contains(name)) {
        filters.add(filter(name, parameters));
      }
    }
    String hidden = parameters.get("os_hidden");
    return new ImageList(
        new ImageQuery(
            Math.min(
                limit == null ? config.limitParamDefault() : limit(limit), config.apiLimitMax()),
            parameters.get("marker"),
            sort(parameters),
            filters,
            hidden != null && bool("os_hidden", hidden.toLowerCase(Locale.ROOT))),
        parameters);
  }

  ImageQuery query() {
    return query;
  }

  /** The first page of this list, all other parameters kept. */
  String first() {
    return parameters.first(PATH);
  }

  /** The page after this one; null when this is the last. */
  @Nullable String next(List<Image> page) {
    return page.isEmpty() || page.size() < query.limit()
        ? null
        : parameters.next(PATH, page.getLast().id());
  }

  private static int limit(String value) {
    BigInteger limit;
    try {
      limit = new BigInteger(value.strip());
    } catch (NumberFormatException e) {
      throw invalid("limit param must be an integer", e);
    }
    if (limit.signum() < 0) {
      throw GlanceException.invalid("limit param must be positive");
    }
    return limit.min(BigInteger.valueOf(Integer.MAX_VALUE)).intValue();
  }

  private static Filter filter(String name, QueryString parameters) {
    String value = parameters.get(name, "");
    return switch (name) {
      case "changes-since" ->
          throw GlanceException.invalid("Images cannot be filtered by " + name + ".");
      case "created_at", "updated_at" -> TimeFilter.parse(name, value);
      case "member_status" -> new Filter(Filter.Kind.MEMBER_STATUS, name, memberStatuses(value));
      case "tag" -> new Filter(Filter.Kind.TAGS, name, tags(parameters.all(name)));
      case "visibility" -> new Filter(Filter.Kind.BASE, name, visibilities(value));
      case "protected" ->
          new Filter(Filter.Kind.BASE, name, List.of(String.valueOf(bool(name, value))));
      default -> {
        if (INTEGERS.contains(name)) {
          yield new Filter(Filter.Kind.BASE, name, List.of(integer(name, value)));
        }
        if (TEXTS.contains(name)) {
          yield new Filter(Filter.Kind.BASE, name, ValueList.parse(name, value));
        }
        if (name.endsWith("_min") || name.endsWith("_max")) {
          yield bound(name, value);
        }
        yield new Filter(Filter.Kind.PROPERTY, name, List.of(value));
      }
    };
  }

  /** {@code size_min}, {@code min_ram_max} and the like: inclusive, of any number. */
  private static Filter bound(String name, String value) {
    String column = name.substring(0, name.length() - "_min".length());
    if (!INTEGERS.contains(column)) {
      throw GlanceException.invalid("Images cannot be filtered by " + name + ".");
    }
    long bound = Long.parseLong(integer(name, value));
    if (name.endsWith("_min")) {
      return new Filter(Filter.Kind.RANGE, column, List.of(String.valueOf(bound), ""));
    }
    String end = bound == Long.MAX_VALUE ? "" : String.valueOf(bound + 1);
    return new Filter(Filter.Kind.RANGE, column, List.of("", end));
  }

  private static List<String> memberStatuses(String value) {
    List<String> all = Arrays.stream(MemberStatus.values()).map(MemberStatus::wireName).toList();
    if (value.equals("all")) {
      return all;
    }
    if (!all.contains(value)) {
      throw GlanceException.invalid("Invalid status: " + value);
    }
    return List.of(value);
  }

  private static List<String> tags(List<String> values) {
    List<String> tags = values.stream().map(String::strip).toList();
    if (tags.stream().anyMatch(tag -> tag.codePointCount(0, tag.length()) > 255)) {
      throw GlanceException.invalid("A tag has at most 255 characters.");
    }
    return tags;
  }

  private static List<String> visibilities(String value) {
    List<String> all = Arrays.stream(Visibility.values()).map(Visibility::wireName).toList();
    if (value.equals("all")) {
      return all;
    }
    if (!all.contains(value)) {
      throw GlanceException.invalid("Invalid visibility value: " + value);
    }
    return List.of(value);
  }

  private static boolean bool(String name, String value) {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw GlanceException.invalid(
              "Invalid value '" + value + "' for '" + name + "': it is 'true' or 'false'.");
    };
  }

  private static String integer(String name, String value) {
    try {
      return String.valueOf(Long.parseLong(value.strip()));
    } catch (NumberFormatException e) {
      throw invalid("The value of " + name + " must be an integer.", e);
    }
  }

  private static List<Sort> sort(QueryString parameters) {
    List<String> keys = parameters.all("sort_key");
    List<String> directions = parameters.all("sort_dir");
    boolean hasParts = !keys.isEmpty() || !directions.isEmpty();
    String sort = parameters.get("sort");
    if (sort != null) {
      if (hasParts) {
        throw GlanceException.invalid("Old and new sorting syntax cannot be combined");
      }
      List<Sort> sorts = Arrays.stream(sort.split(",", -1)).map(ImageList::sort).toList();
      return sorts.size() == 1 ? withTies(sorts) : sorts;
    }
    if (!hasParts) {
      return List.of(new Sort(SortKey.CREATED_AT, false));
    }
    if (keys.isEmpty()) {
      keys = List.of("created_at");
    }
    if (directions.size() > 1 && directions.size() != keys.size()) {
      throw GlanceException.invalid("Number of sort dirs does not match the number of sort keys");
    }
    List<Sort> sorts = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      String direction =
          switch (directions.size()) {
            case 0 -> "desc";
            case 1 -> directions.getFirst();
            default -> directions.get(i);
          };
      sorts.add(sort(keys.get(i), direction));
    }
    return directions.size() == 1 ? withTies(sorts) : sorts;
  }

  /**
   * Images that the keys do not tell apart come in the order of their creation: in the one
   * direction that was asked for, and the newest first where none or several were (upstream's
   * {@code image_get_all}). The latter is the registry's way already.
   */
  private static List<Sort> withTies(List<Sort> asked) {
    if (!asked.getFirst().isAscending()) {
      return asked;
    }
    List<Sort> all = new ArrayList<>(asked);
    for (SortKey key : List.of(SortKey.CREATED_AT, SortKey.ID)) {
      if (asked.stream().noneMatch(sort -> sort.key() == key)) {
        all.add(new Sort(key, true));
      }
    }
    return all;
  }

  private static Sort sort(String part) {
    String key = part.strip();
    int colon = key.indexOf(':');
    return colon < 0 || colon == key.length() - 1
        ? sort(colon < 0 ? key : key.substring(0, colon), "desc")
        : sort(key.substring(0, colon).strip(), key.substring(colon + 1).strip());
  }

  private static Sort sort(String key, String direction) {
    SortKey sortKey =
        Arrays.stream(SortKey.values())
            .filter(known -> known.name().toLowerCase(Locale.ROOT).equals(key.strip()))
            .findFirst()
            .orElseThrow(() -> GlanceException.invalid("Invalid sort key: " + key));
    return switch (direction.strip()) {
      case "asc" -> new Sort(sortKey, true);
      case "desc" -> new Sort(sortKey, false);
      default -> throw GlanceException.invalid("Invalid sort direction: " + direction);
    };
  }

  private static GlanceException invalid(String message, Exception cause) {
    return new GlanceException(ErrorCode.INVALID_REQUEST, message, cause);
  }
}
