package dev.glance.api.data;

import dev.glance.api.store.ByteRange;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which part of an image a download asks for (API reference section 2.8). As upstream, and unlike
 * RFC 9110 section 14.2, a range that makes no sense is refused and not ignored.
 */
final class RangeHeader {
  private static final Pattern RANGE = Pattern.compile("bytes\\s*=\\s*([0-9]*)\\s*-\\s*([0-9]*)");

  /** {@code Content-Range} in a request: how clients asked for a part before they used Range. */
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes\\s+([0-9]+)\\s*-\\s*([0-9]+)\\s*/\\s*([0-9]+|\\*)");

  private RangeHeader() {}

  /**
   * Reads the headers of one request.
   *
   * @param range the {@code Range} header, or null; it wins
   * @param contentRange the {@code Content-Range} header, or null
   * @param sizeBytes the size of the image
   * @return a part that lies within the image and is not empty; empty when all of it is asked for
   * @throws GlanceException {@code INVALID_REQUEST} for more than one range, {@code
   *     RANGE_NOT_SATISFIABLE} for a malformed one or one outside the image
   */
  static Optional<ByteRange> parse(
      @Nullable String range, @Nullable String contentRange, long sizeBytes) {
    if (range != null) {
      return Optional.of(range(range, sizeBytes));
    }
    return Optional.ofNullable(contentRange).map(header -> contentRange(header, sizeBytes));
  }

  private static ByteRange range(String header, long size) {
    if (header.indexOf(',') >= 0) {
      throw GlanceException.invalid(
          "Several ranges in one request are not supported. Make one request for each.");
    }
    Matcher matcher = match(RANGE, header);
    String first = matcher.group(1);
    String last = matcher.group(2);
    if (!first.isEmpty()) {
      return within(number(first), last.isEmpty() ? Long.MAX_VALUE : number(last), size);
    }
    if (last.isEmpty() || number(last) == 0) {
      throw refused("Invalid Range header.");
    }
    return within(Math.max(0, size - number(last)), Long.MAX_VALUE, size);
  }

  private static ByteRange contentRange(String header, long size) {
    Matcher matcher = match(CONTENT_RANGE, header);
    long last = number(matcher.group(2));
    String total = matcher.group(3);
    if (last >= (total.equals("*") ? size : number(total))) {
      throw refused("The range ends behind the image's last byte.");
    }
    return within(number(matcher.group(1)), last, size);
  }

  private static ByteRange within(long first, long last, long size) {
    if (last < first) {
      throw refused("The range ends before it starts.");
    }
    if (first >= size) {
      throw refused("The range starts behind the image's last byte.");
    }
    return new ByteRange(first, Math.min(last, size - 1) - first + 1);
  }

  private static Matcher match(Pattern pattern, String header) {
    Matcher matcher = pattern.matcher(header.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw refused("Invalid Range header.");
    }
    return matcher;
  }

  /** A number too big for a long is as good as the largest. */
  private static long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException _) {
      return Long.MAX_VALUE;
    }
  }

  private static GlanceException refused(String message) {
    return new GlanceException(ErrorCode.RANGE_NOT_SATISFIABLE, message);
  }
}
