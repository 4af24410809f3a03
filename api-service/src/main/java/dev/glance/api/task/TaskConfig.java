package dev.glance.api.task;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The record of background work. */
@ConfigMapping(prefix = "glance.api")
public interface TaskConfig {
  /** How long a task that has ended can still be looked at. Default 48 h. */
  @WithDefault("48h")
  Duration taskTimeToLive();
}
