/**
 * Who did what, or was not let to: {@link dev.glance.api.audit.AuditFilter} writes a line for each
 * such call.
 */
@NullMarked
package dev.glance.api.audit;

import org.jspecify.annotations.NullMarked;
