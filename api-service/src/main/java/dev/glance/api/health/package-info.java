/**
 * Whether the service is well. {@link dev.glance.api.health.BackendHealth} tells the registry and
 * the stores apart; {@link dev.glance.api.health.Healthcheck} is the form that load balancers know.
 */
@NullMarked
package dev.glance.api.health;

import org.jspecify.annotations.NullMarked;
