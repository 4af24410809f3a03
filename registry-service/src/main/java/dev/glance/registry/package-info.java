/** The internal metadata service. Start at {@code image}, then {@code upload} and {@code job}. */
@NullMarked
package dev.glance.registry;

import org.jspecify.annotations.NullMarked;
