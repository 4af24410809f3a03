package dev.glance.api.location;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What users see of locations and may do with them. */
@ConfigMapping(prefix = "glance.api")
public interface LocationConfig {
  /**
   * Whether image documents show {@code locations} and updates may change them. Off by default: who
   * may add a location can make any object of a store an image.
   */
  @WithDefault("false")
  boolean showMultipleLocations();

  /** The most locations of an image; negative for no limit. */
  @WithDefault("10")
  int imageLocationQuota();
}
