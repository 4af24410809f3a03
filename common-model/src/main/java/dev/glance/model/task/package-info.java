/** Background work as clients see it. Start at {@link dev.glance.model.task.Task}. */
@NullMarked
package dev.glance.model.task;

import org.jspecify.annotations.NullMarked;
