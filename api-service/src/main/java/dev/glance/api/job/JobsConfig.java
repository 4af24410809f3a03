package dev.glance.api.job;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How this replica takes its share of the jobs that the registry keeps. */
@ConfigMapping(prefix = "glance.api.jobs")
public interface JobsConfig {
  /**
   * How long to wait before asking for jobs again when there were none. Longer spares the registry
   * when there are very many replicas, and leaves deleted bytes in place for longer.
   */
  @WithDefault("1s")
  Duration pollInterval();

  /** How often a claim is renewed; a third of the registry's lease ({@code 15s}) or less. */
  @WithDefault("3s")
  Duration heartbeatInterval();

  /** How many jobs this replica works on at a time; lower it to spare a slow store. */
  @WithDefault("4")
  int parallelism();
}
