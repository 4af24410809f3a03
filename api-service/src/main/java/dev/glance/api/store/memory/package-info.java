/**
 * Images in the heap, for tests and demonstrations. Start at {@link
 * dev.glance.api.store.memory.MemoryStore}.
 */
@NullMarked
package dev.glance.api.store.memory;

import org.jspecify.annotations.NullMarked;
