/**
 * What a monitoring system reads. The features count into Micrometer's global registry where their
 * events happen; {@link dev.glance.registry.metrics.MetricsRoute} serves it to Prometheus.
 */
@NullMarked
package dev.glance.registry.metrics;

import org.jspecify.annotations.NullMarked;
