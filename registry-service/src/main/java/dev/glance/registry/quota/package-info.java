/**
 * What projects have, and that they get no more than they may. Start at {@link
 * dev.glance.registry.quota.QuotaRepository}.
 */
@NullMarked
package dev.glance.registry.quota;

import org.jspecify.annotations.NullMarked;
