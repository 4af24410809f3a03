package dev.glance.api.metadef;

import dev.glance.api.http.QueryString;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Visibility;
import dev.glance.model.metadef.Dated;
import dev.glance.model.metadef.NamespaceQuery;
import dev.glance.model.metadef.NamespaceQuery.SortKey;
import dev.glance.model.metadef.ObjectDefinition;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The query parameters of the lists, and the pages that they ask for. */
final class ListParameters {
  private ListParameters() {}

  /**
   * The page of namespaces that a query asks for.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when a parameter is not understood
   */
  static NamespaceQuery namespaces(QueryString query, int defaultLimit, int maxLimit) {
    String limit = query.get("limit");
    String resourceTypes = query.get("resource_types");
    String visibility = query.get("visibility");
    @Nullable Visibility wanted = null;
    @Nullable List<String> types =
        resourceTypes == null ? null : List.of(resourceTypes.split(",", -1));
    if (visibility != null) {
      switch (visibility) {
        case "public", "private" -> wanted = Visibility.of(visibility);
        // Upstream compares with it, and no namespace is like that.
        case "" -> types = List.of();
        default -> throw GlanceException.invalid("Invalid visibility value: " + visibility);
      }
    }
    String sortKey = query.get("sort_key", "created_at");
    String marker = query.get("marker", "");
    return new NamespaceQuery(
        limit == null ? defaultLimit : Math.min(limit(limit, 0), maxLimit),
        marker.isEmpty() ? null : marker,
        Arrays.stream(SortKey.values())
            .filter(key -> key.name().toLowerCase(Locale.ROOT).equals(sortKey))
            .findFirst()
            .orElseThrow(() -> badKey(sortKey)),
        isAscending(query),
        wanted,
        types);
  }

  /**
   * Checks what can be checked before the namespace is known.
   *
   * @param leastLimit the smallest limit that the list takes
   * @throws GlanceException {@code INVALID_REQUEST} when a parameter is not understood
   */
  static void check(QueryString query, int leastLimit) {
    checkVisibility(query, Set.of("public", "private", "shared"));
    isAscending(query);
    limit(query, leastLimit);
  }

  /** The same for showing a namespace. */
  static void check(QueryString query) {
    checkVisibility(query, Set.of("public", "private"));
  }

  /**
   * The page of objects that a query asks for: in the order of creation unless it asks for another.
   */
  static List<Dated<ObjectDefinition>> objects(
      QueryString query, List<Dated<ObjectDefinition>> all) {
    boolean isSorted = query.get("sort_key") != null || query.get("sort_dir") != null;
    return page(
        query, isSorted ? sorted(query, all, ObjectDefinition::name) : all, ObjectDefinition::name);
  }

  /** The page of tags that a query asks for: the newest first unless it asks for another order. */
  static List<Dated<String>> tags(QueryString query, List<Dated<String>> all) {
    return page(query, sorted(query, all, Function.identity()), Function.identity());
  }

  private static <T> List<Dated<T>> page(
      QueryString query, List<Dated<T>> sorted, Function<T, String> name) {
    String marker = query.get("marker", "");
    int start = marker.isEmpty() ? 0 : after(marker, sorted, name);
    return sorted.stream().skip(start).limit(limit(query, 0)).toList();
  }

  private static <T> int after(String marker, List<Dated<T>> sorted, Function<T, String> name) {
    return IntStream.range(0, sorted.size())
            .filter(i -> name.apply(sorted.get(i).value()).equals(marker))
            .findFirst()
            .orElseThrow(
                () ->
                    new GlanceException(
                        ErrorCode.NOT_FOUND, "The marker " + marker + " is not in the list."))
        + 1;
  }

  private static <T> List<Dated<T>> sorted(
      QueryString query, List<Dated<T>> all, Function<T, String> name) {
    String key = query.get("sort_key", "created_at");
    Optional<Comparator<Dated<T>>> order =
        switch (key) {
          case "name" -> Optional.of(Comparator.comparing(d -> name.apply(d.value())));
          case "updated_at" -> Optional.of(Comparator.comparing(Dated::updatedAt));
          // The order of creation is the order they come in.
          case "created_at", "id", "namespace_id" -> Optional.empty();
          default -> throw badKey(key);
        };
    List<Dated<T>> ascending = order.map(by -> all.stream().sorted(by).toList()).orElse(all);
    return isAscending(query) ? ascending : ascending.reversed();
  }

  private static boolean isAscending(QueryString query) {
    String direction = query.get("sort_dir", "desc");
    return switch (direction) {
      case "asc" -> true;
      case "desc" -> false;
      default -> throw GlanceException.invalid("Invalid sort direction: " + direction);
    };
  }

  private static void checkVisibility(QueryString query, Set<String> known) {
    String visibility = query.get("visibility", "");
    if (!visibility.isEmpty() && !known.contains(visibility)) {
      throw GlanceException.invalid("Invalid visibility value: " + visibility);
    }
  }

  /** The limit of a list inside a namespace; without one, all. */
  private static int limit(QueryString query, int least) {
    String limit = query.get("limit", "");
    return limit.isEmpty() ? Integer.MAX_VALUE : limit(limit, least);
  }

  private static int limit(String text, int least) {
    BigInteger limit;
    try {
      limit = new BigInteger(text.strip());
    } catch (NumberFormatException e) {
      throw new GlanceException(ErrorCode.INVALID_REQUEST, "limit param must be an integer", e);
    }
    if (limit.compareTo(BigInteger.valueOf(least)) < 0) {
      throw GlanceException.invalid("limit param must be at least " + least);
    }
    return limit.min(BigInteger.valueOf(Integer.MAX_VALUE)).intValue();
  }

  private static GlanceException badKey(String key) {
    return GlanceException.invalid("Invalid sort key: " + key);
  }
}
