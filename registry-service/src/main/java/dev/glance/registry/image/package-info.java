/**
 * Image records. Start at {@link dev.glance.registry.image.ImageResource}; the SQL is in {@link
 * dev.glance.registry.image.ImageRepository}, that of lists in {@code ImageSearch}.
 */
@NullMarked
package dev.glance.registry.image;

import org.jspecify.annotations.NullMarked;
