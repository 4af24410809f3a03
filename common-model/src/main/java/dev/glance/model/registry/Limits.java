package dev.glance.model.registry;

import org.jspecify.annotations.Nullable;

/**
 * What a project may have at most. glance-api knows the limits and sends them with each call that
 * takes more; the registry refuses the call with {@code LIMIT_EXCEEDED} if afterwards the project
 * had more than that, and no two calls of one project pass that check at the same time. A project
 * that is above a limit already, because the limit was lowered, keeps what it has.
 *
 * @param project the owner of the image that the call is about
 * @param storage of bytes, those reserved for uploads under way included; null for no limit
 * @param images how many images, those without data included; null for no limit
 * @param uploading how many images may be taking data in at a time; null for no limit
 */
public record Limits(
    String project,
    @Nullable StorageLimit storage,
    @Nullable Long images,
    @Nullable Long uploading) {

  /** The name of the limit on {@link #images}, as clients and operators know it. */
  public static final String IMAGES = "image_count_total";

  /** The name of the limit on {@link #uploading}. */
  public static final String UPLOADING = "image_count_uploading";

  /** A project that may have as much as it likes. */
  public static Limits none(String project) {
    return new Limits(project, null, null, null);
  }

  /**
   * A limit on stored bytes: the size of each image that is not deleted, times its locations.
   *
   * @param name what clients and operators know it by
   */
  public record StorageLimit(String name, long bytes) {}
}
