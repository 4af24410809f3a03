package dev.glance.model.image;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list (API reference section 2.2), already checked by glance-api.
 *
 * @param limit the most images to return; 0 gives an empty page
 * @param marker the id of the last image of the page before, or null for the first page
 * @param sort in order of weight; the registry appends {@code created_at} and {@code id} where they
 *     are absent
 * @param filters all must hold
 * @param isHidden which images are wanted: hidden ones or the others
 */
public record ImageQuery(
    int limit, @Nullable String marker, List<Sort> sort, List<Filter> filters, boolean isHidden) {
  public ImageQuery {
    sort = List.copyOf(sort);
    filters = List.copyOf(filters);
  }

  /** One sort key with its direction. */
  public record Sort(SortKey key, boolean isAscending) {}

  /** What a list can be sorted by; the wire name is the lower-case form. */
  public enum SortKey {
    NAME,
    STATUS,
    CONTAINER_FORMAT,
    DISK_FORMAT,
    SIZE,
    ID,
    CREATED_AT,
    UPDATED_AT
  }

  /** A condition on an image. The set is closed; the registry translates each kind to SQL. */
  public record Filter(Kind kind, String name, List<String> values) {
    /** What a filter compares. */
    public enum Kind {
      /**
       * The base property {@code name} (wire name) equals one of {@code values}. Naming {@code
       * visibility} brings in the community images of other projects, which lists otherwise leave
       * out; naming all four values is the API's {@code visibility=all}.
       */
      BASE,
      /** The custom property {@code name} equals one of {@code values}. */
      PROPERTY,
      /** The image carries every tag of {@code values}; {@code name} is {@code tag}. */
      TAGS,
      /**
       * The base property {@code name}, a number or a time, lies between the first of {@code
       * values}, inclusive, and the second, exclusive; an empty string sets no bound. Times are in
       * ISO 8601.
       */
      RANGE,
      /** The base property lies not in that range. */
      OUTSIDE,
      /**
       * What the caller's project has said of the images that are shared with it: any of {@code
       * values}, {@code accepted} where no such filter is given. {@code name} is {@code
       * member_status}.
       */
      MEMBER_STATUS
    }

    public Filter {
      values = List.copyOf(values);
    }
  }
}
