/**
 * Work that outlives a process. Start at {@link dev.glance.registry.job.JobResource}; features add
 * jobs with their own statements, in their own transactions.
 */
@NullMarked
package dev.glance.registry.job;

import org.jspecify.annotations.NullMarked;
