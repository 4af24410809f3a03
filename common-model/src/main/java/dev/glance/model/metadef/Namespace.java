package dev.glance.model.metadef;

import dev.glance.model.image.Visibility;
import org.jspecify.annotations.Nullable;

/**
 * What a user may write of a namespace itself.
 *
 * @param name unique among all namespaces, at most 80 characters
 * @param displayName for people, at most 80 characters
 * @param description at most 500 characters
 * @param visibility {@code PUBLIC} for everyone, {@code PRIVATE} for the owner project
 * @param isProtected whether it and what is in it are guarded against deletion
 * @param owner a project id, or null: then everyone sees the namespace
 */
public record Namespace(
    String name,
    @Nullable String displayName,
    @Nullable String description,
    Visibility visibility,
    boolean isProtected,
    @Nullable String owner) {}
