/**
 * What callers may do. Features ask {@link dev.glance.api.policy.Policy}; the rules and their
 * defaults are those of the API reference, section 4.
 */
@NullMarked
package dev.glance.api.policy;

import org.jspecify.annotations.NullMarked;
