package dev.glance.model.metadef;

import dev.glance.model.image.Visibility;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list of namespaces, already checked by glance-api.
 *
 * @param limit the most namespaces to return; 0 gives an empty page
 * @param marker the name of the last namespace of the page before, or null for the first page
 * @param sortKey ties are decided by {@code created_at} and the order of creation
 * @param isAscending the direction of all keys
 * @param visibility the one that is wanted, or null for any
 * @param resourceTypes namespaces associated with any of these are wanted; null for all
 */
public record NamespaceQuery(
    int limit,
    @Nullable String marker,
    SortKey sortKey,
    boolean isAscending,
    @Nullable Visibility visibility,
    @Nullable List<String> resourceTypes) {

  /** What a list can be sorted by; the wire name is the lower-case form. */
  public enum SortKey {
    NAMESPACE,
    DISPLAY_NAME,
    DESCRIPTION,
    VISIBILITY,
    PROTECTED,
    OWNER,
    /** The order of creation. */
    ID,
    CREATED_AT,
    UPDATED_AT
  }

  public NamespaceQuery {
    resourceTypes = resourceTypes == null ? null : List.copyOf(resourceTypes);
  }
}
