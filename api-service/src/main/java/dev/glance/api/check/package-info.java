/**
 * Whether the stores hold what the registry says, and nothing else. Start at {@link
 * dev.glance.api.check.StoreCheck}.
 */
@NullMarked
package dev.glance.api.check;

import org.jspecify.annotations.NullMarked;
