package dev.glance.registry.metadef;

import dev.glance.model.metadef.NamespaceQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The part of the statement for a list page that depends on the query. Pages are found by the sort
 * keys of the last namespace before; NULL sorts below every value.
 */
final class NamespaceSearch {
  private final List<String> conditions = new ArrayList<>();
  private final Map<String, Object> parameters = new HashMap<>();
  private final String order;

  NamespaceSearch(NamespaceQuery query) {
    String column = column(query.sortKey());
    if (query.visibility() != null) {
      conditions.add("n.visibility = :visibility");
      parameters.put("visibility", query.visibility().wireName());
    }
    if (query.resourceTypes() != null) {
      conditions.add(
          "EXISTS (SELECT FROM metadef_associations a"
              + " WHERE a.namespace_id = n.id AND a.name = ANY (:resourceTypes))");
      parameters.put("resourceTypes", query.resourceTypes().toArray(String[]::new));
    }
    if (query.marker() != null) {
      String keys = "%1$s.%2$s IS NOT NULL, coalesce(%1$s.%2$s, %3$s), %1$s.created_at, %1$s.id";
      String stand = stand(query.sortKey());
      conditions.add(
          "("
              + keys.formatted("n", column, stand)
              + (query.isAscending() ? ") > (SELECT " : ") < (SELECT ")
              + keys.formatted("m", column, stand)
              + " FROM metadef_namespaces m WHERE m.name = :marker)");
      parameters.put("marker", query.marker());
    }
    this.order =
        " ORDER BY n.%1$s IS NOT NULL %2$s, n.%1$s %2$s, n.created_at %2$s, n.id %2$s LIMIT :limit"
            .formatted(column, query.isAscending() ? "ASC" : "DESC");
    parameters.put("limit", query.limit());
  }

  /** What follows the condition of visibility. */
  String conditionsAndOrder() {
    return conditions.stream().map(" AND "::concat).collect(Collectors.joining()) + order;
  }

  Map<String, Object> parameters() {
    return parameters;
  }

  private static String column(NamespaceQuery.SortKey key) {
    return switch (key) {
      case NAMESPACE -> "name";
      case DISPLAY_NAME -> "display_name";
      case DESCRIPTION -> "description";
      case VISIBILITY -> "visibility";
      case PROTECTED -> "is_protected";
      case OWNER -> "owner";
      case ID -> "id";
      case CREATED_AT -> "created_at";
      case UPDATED_AT -> "updated_at";
    };
  }

  /** A value that stands for NULL in a comparison which is decided before it. */
  private static String stand(NamespaceQuery.SortKey key) {
    return switch (key) {
      case NAMESPACE, DISPLAY_NAME, DESCRIPTION, VISIBILITY, OWNER -> "''";
      case PROTECTED -> "false";
      case ID -> "0";
      case CREATED_AT, UPDATED_AT -> "now()";
    };
  }
}
