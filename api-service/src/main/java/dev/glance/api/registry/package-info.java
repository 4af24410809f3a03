/**
 * The client of glance-registry. Features inject the interfaces of {@code
 * dev.glance.model.registry}; start at {@link dev.glance.api.registry.RegistryClients}, which
 * builds them.
 */
@NullMarked
package dev.glance.api.registry;

import org.jspecify.annotations.NullMarked;
