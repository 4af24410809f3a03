/**
 * Image metadata: create, show, list, update, delete and the schemas. Start at {@link
 * dev.glance.api.image.ImageResource}.
 */
@NullMarked
package dev.glance.api.image;

import org.jspecify.annotations.NullMarked;
