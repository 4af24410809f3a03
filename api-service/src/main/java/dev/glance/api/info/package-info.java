/** What this deployment offers. Start at {@link dev.glance.api.info.StoresResource}. */
@NullMarked
package dev.glance.api.info;

import org.jspecify.annotations.NullMarked;
