/**
 * Image bytes in flight. Start at {@link dev.glance.api.data.ImageDataService}, where one upload is
 * read from top to bottom; {@link dev.glance.api.data.Transfer} is the loop that moves the bytes.
 * {@code format} beside it tells what kind of disk they are.
 */
@NullMarked
package dev.glance.api.data;

import org.jspecify.annotations.NullMarked;
