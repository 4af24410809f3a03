/**
 * The catalogue of metadata definitions. Start at {@link
 * dev.glance.registry.metadef.MetadefResource}; the statements are in {@link
 * dev.glance.registry.metadef.NamespaceRepository} and, for what is inside a namespace, {@link
 * dev.glance.registry.metadef.DefinitionRepository}. Both let PostgreSQL write the records as JSON,
 * so that a namespace with everything in it is one statement.
 */
@NullMarked
package dev.glance.registry.metadef;

import org.jspecify.annotations.NullMarked;
