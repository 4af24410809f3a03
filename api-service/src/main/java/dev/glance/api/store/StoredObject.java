package dev.glance.api.store;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a store keeps.
 *
 * @param at where it is; of what an attempt left behind this is no location of an image
 * @param imageId the image that its name speaks of, or null when the name is none of ours
 * @param isLeftover whether it is what an upload writes before it publishes
 * @param bytes its length
 * @param changedAt when it was last written
 * @param mark tells it from any other that has its name before or after it
 */
public record StoredObject(
    StoreLocation at,
    @Nullable UUID imageId,
    boolean isLeftover,
    long bytes,
    Instant changedAt,
    Object mark) {}
