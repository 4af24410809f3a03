/**
 * What a monitoring system reads. Each feature counts into Micrometer's global registry where its
 * events happen; {@link dev.glance.api.metrics.MetricsEndpoint} serves it to Prometheus. Without a
 * port for that, nothing is counted.
 */
@NullMarked
package dev.glance.api.metrics;

import org.jspecify.annotations.NullMarked;
