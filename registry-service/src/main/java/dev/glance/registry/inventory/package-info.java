/**
 * Compares with the stores what the registry knows. Start at {@link
 * dev.glance.registry.inventory.InventoryResource}.
 */
@NullMarked
package dev.glance.registry.inventory;

import org.jspecify.annotations.NullMarked;
