/**
 * The PostgreSQL that the registry brings along when no database is configured. Start at {@link
 * dev.glance.registry.database.EmbeddedPostgres}; the tables are in {@code db/migration}.
 */
@NullMarked
package dev.glance.registry.database;

import org.jspecify.annotations.NullMarked;
