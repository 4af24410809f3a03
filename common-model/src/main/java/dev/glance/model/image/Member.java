package dev.glance.model.image;

import java.time.Instant;

/**
 * A project that an image is shared with (API reference section 2.12).
 *
 * @param imageId as {@link Image#id}
 * @param project the project's id; nobody checks that there is such a project
 */
public record Member(
    String imageId, String project, MemberStatus status, Instant createdAt, Instant updatedAt) {}
