/**
 * The storage SPI: where image bytes live. Start at {@link dev.glance.api.store.Store}; {@link
 * dev.glance.api.store.Stores} builds the configured ones. A package per backend stands beside it.
 */
@NullMarked
package dev.glance.api.store;

import org.jspecify.annotations.NullMarked;
