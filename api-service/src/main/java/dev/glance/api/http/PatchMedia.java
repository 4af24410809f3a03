package dev.glance.api.http;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The two forms of an image PATCH, as their media types name them (API reference section 2.4). */
public enum PatchMedia {
  /** {@code {"replace": "/name", "value": "n"}}. */
  V2_0("application/openstack-images-v2.0-json-patch"),
  /** {@code {"op": "replace", "path": "/name", "value": "n"}}. */
  V2_1("application/openstack-images-v2.1-json-patch");

  /** The answer header that names the accepted types. */
  static final String HEADER = "Accept-Patch";

  private final String mediaType;

  PatchMedia(String mediaType) {
    this.mediaType = mediaType;
  }

  /**
   * Reads a Content-Type; parameters do not count.
   *
   * @throws GlanceException {@code UNSUPPORTED_MEDIA_TYPE} for any other, or none
   */
  public static PatchMedia of(@Nullable String contentType) {
    String type =
        contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(media -> media.mediaType.equals(type))
        .findFirst()
        .orElseThrow(
            () ->
                new GlanceException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "The Content-Type of a PATCH is one of " + accepted() + "."));
  }

  /** All media types, as {@link #HEADER} lists them. */
  static String accepted() {
    return Arrays.stream(values()).map(media -> media.mediaType).collect(Collectors.joining(", "));
  }
}
