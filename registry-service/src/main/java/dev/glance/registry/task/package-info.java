/** Tasks as clients see them. Start at {@link dev.glance.registry.task.TaskResource}. */
@NullMarked
package dev.glance.registry.task;

import org.jspecify.annotations.NullMarked;
