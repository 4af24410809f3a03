@NullMarked
package dev.glance.api.metrics;

import org.jspecify.annotations.NullMarked;
