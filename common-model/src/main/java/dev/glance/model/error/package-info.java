/**
 * What can go wrong, once for both services. Start at {@link dev.glance.model.error.ErrorCode}, the
 * table; features throw {@link dev.glance.model.error.GlanceException} through its factories.
 */
@NullMarked
package dev.glance.model.error;

import org.jspecify.annotations.NullMarked;
