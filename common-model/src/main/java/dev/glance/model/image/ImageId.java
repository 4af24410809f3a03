package dev.glance.model.image;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** The form of an image id: a UUID in its 8-4-4-4-12 form, hex digits of either case. */
public final class ImageId {
  // UUID.fromString also takes "1-1-1-1-1", which no client means as an id.
  private static final Pattern FORM =
      Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  private ImageId() {}

  /** The id as a value that is the same in any case; empty when the text is not an id. */
  public static Optional<UUID> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(UUID.fromString(text)) : Optional.empty();
  }
}
