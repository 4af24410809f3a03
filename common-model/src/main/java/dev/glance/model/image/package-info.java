/**
 * The image record and its words, as the Images API names them. Start at {@link
 * dev.glance.model.image.Image}; the status graph lives in {@link
 * dev.glance.model.image.ImageStatus}.
 */
@NullMarked
package dev.glance.model.image;

import org.jspecify.annotations.NullMarked;
