/**
 * The tasks API (API reference sections 2.9 and 2.17). Start at {@link
 * dev.glance.api.task.TaskResource}.
 */
@NullMarked
package dev.glance.api.task;

import org.jspecify.annotations.NullMarked;
