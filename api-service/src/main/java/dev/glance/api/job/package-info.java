/**
 * Work that must outlive a process: the registry keeps it, any replica does it. Start at {@link
 * dev.glance.api.job.JobRunner}.
 */
@NullMarked
package dev.glance.api.job;

import org.jspecify.annotations.NullMarked;
