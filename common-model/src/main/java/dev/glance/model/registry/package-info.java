/**
 * The HTTP interfaces of glance-registry, implemented by its resources and extended by glance-api's
 * client, so that the two sides cannot drift. Start at {@link dev.glance.model.registry.ImagesApi}.
 */
@NullMarked
package dev.glance.model.registry;

import org.jspecify.annotations.NullMarked;
