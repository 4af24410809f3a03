/** The public service. Start at {@code image} for metadata and {@code data} for bytes. */
@NullMarked
package dev.glance.api;

import org.jspecify.annotations.NullMarked;
