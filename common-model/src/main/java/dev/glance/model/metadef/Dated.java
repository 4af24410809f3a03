package dev.glance.model.metadef;

import java.time.Instant;

/** Something that the registry keeps, with the times of its creation and of its last change. */
public record Dated<T>(T value, Instant createdAt, Instant updatedAt) {}
