package dev.glance.registry.metadef;

import dev.glance.model.metadef.ObjectDefinition;
import dev.glance.model.metadef.PropertyDefinition;
import dev.glance.model.metadef.ResourceTypeAssociation;

/**
 * What a namespace holds. All four have a table of the same build: a name that is unique in the
 * namespace, the times, and the columns named here.
 */
enum DefinitionKind {
  ASSOCIATION(
      "metadef_associations",
      "resource type association",
      ResourceTypeAssociation.class,
      "l.v ->> 'name'",
      "json_build_object("
          + "'name', d.name, 'prefix', d.prefix, 'propertiesTarget', d.properties_target)",
      new Column("prefix", "l.v ->> 'prefix'"),
      new Column("properties_target", "l.v ->> 'propertiesTarget'")),
  PROPERTY(
      "metadef_properties",
      "property",
      PropertyDefinition.class,
      "l.v ->> 'name'",
      "json_build_object('name', d.name, 'schema', d.schema)",
      new Column("schema", "l.v -> 'schema'")),
  OBJECT(
      "metadef_objects",
      "object",
      ObjectDefinition.class,
      "l.v ->> 'name'",
      "json_build_object('name', d.name, 'description', d.description, 'required', d.required,"
          + " 'properties', d.properties)",
      new Column("description", "l.v ->> 'description'"),
      new Column("required", "l.v -> 'required'"),
      new Column("properties", "l.v -> 'properties'")),
  TAG("metadef_tags", "tag", String.class, "l.v #>> '{}'", "to_json(d.name)");

  private final String table;
  private final String word;
  private final Class<?> type;
  private final String json;
  private final String names;
  private final String values;
  private final String replacement;

  DefinitionKind(
      String table, String word, Class<?> type, String nameValue, String json, Column... columns) {
    this.table = table;
    this.word = word;
    this.type = type;
    this.json = json;
    StringBuilder names = new StringBuilder("name");
    StringBuilder values = new StringBuilder(nameValue);
    StringBuilder replacement = new StringBuilder();
    for (Column column : columns) {
      names.append(", ").append(column.name());
      values.append(", ").append(column.value());
      replacement.append(column.name()).append(" = excluded.").append(column.name()).append(", ");
    }
    this.names = names.toString();
    this.values = values.toString();
    this.replacement = replacement.toString();
  }

  /** A column and its value in SQL, taken from the record's JSON {@code l.v}. */
  private record Column(String name, String value) {}

  String table() {
    return table;
  }

  /** What people call it. */
  String word() {
    return word;
  }

  /** The record that one row is. */
  Class<?> type() {
    return type;
  }

  /** The columns that a record fills, its name first. */
  String columns() {
    return names;
  }

  /** The values of {@link #columns}, from a record's JSON {@code l.v}. */
  String columnValues() {
    return values;
  }

  /** What an insert takes over from the row that it could not make. */
  String replacement() {
    return replacement;
  }

  /** The row {@code d} as the JSON of its record with its times. */
  String dated() {
    return "json_build_object('value', "
        + json
        + ", 'createdAt', d.created_at, 'updatedAt', d.updated_at)";
  }

  /** All rows of the namespace {@code n} as a JSON list, in the order of creation. */
  String list() {
    return "(SELECT coalesce(json_agg("
        + dated()
        + " ORDER BY d.id), '[]') FROM "
        + table
        + " d WHERE d.namespace_id = n.id)";
  }
}
