/**
 * Image bytes: upload, download and what is learned from them on the way. {@code format} beside it
 * tells what kind of disk they are.
 */
@NullMarked
package dev.glance.api.data;

import org.jspecify.annotations.NullMarked;
