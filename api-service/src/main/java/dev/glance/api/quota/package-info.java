/**
 * What projects may have. {@link dev.glance.api.quota.Quotas} knows the limits in force; those on
 * an image's own parts are enforced there, those on what a project has in total travel with the
 * calls to the registry, which enforces them.
 */
@NullMarked
package dev.glance.api.quota;

import org.jspecify.annotations.NullMarked;
