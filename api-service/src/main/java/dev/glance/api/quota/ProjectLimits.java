package dev.glance.api.quota;

import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Limits.StorageLimit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the identity service lets one project have (API reference section 7.11): sizes in MiB, the
 * others are counts. A resource without a limit there counts as 0, one with a negative limit is not
 * limited.
 */
record ProjectLimits(Map<String, Long> byResource) {
  /** Bytes of stored images, in MiB. */
  static final String SIZE_TOTAL = "image_size_total";

  /** Bytes of staged images, in MiB. */
  static final String STAGE_TOTAL = "image_stage_total";

  private static final long MAX_MIB = Long.MAX_VALUE >> 20;

  ProjectLimits {
    byResource = Map.copyOf(byResource);
  }

  /** The limit as the identity service has it. */
  long of(String resource) {
    return byResource.getOrDefault(resource, 0L);
  }

  /** The same as the registry enforces it, where bytes are counted. */
  Limits toLimits(String project) {
    long size = of(SIZE_TOTAL);
    return new Limits(
        project,
        size < 0 ? null : new StorageLimit(SIZE_TOTAL, Math.min(size, MAX_MIB) << 20),
        count(Limits.IMAGES),
        count(Limits.UPLOADING));
  }

  private @Nullable Long count(String resource) {
    long limit = of(resource);
    return limit < 0 ? null : Long.valueOf(limit);
  }
}
