/**
 * Where images' bytes are, as users give and take it (API reference sections 2.4, 2.14 and 2.15).
 * Start at {@link dev.glance.api.location.LocationResource} and, for updates of images, at {@link
 * dev.glance.api.location.LocationDraft}.
 */
@NullMarked
package dev.glance.api.location;

import org.jspecify.annotations.NullMarked;
