package dev.glance.api.metrics;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.OptionalInt;

/** Where metrics are served. */
@ConfigMapping(prefix = "glance.api.metrics")
public interface MetricsConfig {
  /**
   * The port on which {@code /metrics} answers; 0 takes a free one. Without it there are no
   * metrics. Never the API's own: whoever may call the API need not see how the service is doing.
   */
  OptionalInt port();

  /** The address to listen on; by default where the API listens. */
  @WithDefault("${glance.api.listen-host:127.0.0.1}")
  String host();
}
