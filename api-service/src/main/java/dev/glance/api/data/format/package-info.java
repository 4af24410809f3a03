/**
 * What kind of disk an image's bytes are, found while they stream past. Start at {@link
 * dev.glance.api.data.format.FormatInspector}; one probe per format stands beside it.
 */
@NullMarked
package dev.glance.api.data.format;

import org.jspecify.annotations.NullMarked;
