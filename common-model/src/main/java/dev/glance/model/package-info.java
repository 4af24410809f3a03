/**
 * The vocabulary of both services, without any framework. Start at {@code image}; {@code registry}
 * holds the interfaces between the two.
 */
@NullMarked
package dev.glance.model;

import org.jspecify.annotations.NullMarked;
