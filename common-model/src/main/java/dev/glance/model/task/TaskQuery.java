package dev.glance.model.task;

import org.jspecify.annotations.Nullable;

/**
 * A page of tasks.
 *
 * @param limit the most that the page may have
 * @param marker the id of the last task before the page, or null for the first page
 * @param sort ties are broken by age, then by id, in the same direction
 * @param status null for any
 * @param type null for any
 */
public record TaskQuery(
    int limit,
    @Nullable String marker,
    SortKey sort,
    boolean isDescending,
    @Nullable TaskStatus status,
    @Nullable String type) {

  /** What tasks can be sorted by. */
  public enum SortKey {
    CREATED_AT,
    UPDATED_AT,
    EXPIRES_AT,
    ID,
    TYPE,
    STATUS,
    OWNER
  }
}
