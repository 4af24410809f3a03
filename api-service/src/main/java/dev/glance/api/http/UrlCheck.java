package dev.glance.api.http;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Refuses URLs that are not UTF-8 (400), paths with empty or dotted segments (404), as nothing
 * lives there, and methods that a path does not take (405; API reference section 2.0).
 */
@Singleton
final class UrlCheck {
  /** A segment that is a dot or two. */
  private static final Pattern DOTS = Pattern.compile("/(\\.|%2[eE]){1,2}(/|$)");

  void register(@Observes Filters filters) {
    filters.register(this::check, FilterOrder.URL);
    filters.register(Route::check, FilterOrder.METHODS);
  }

  private void check(RoutingContext request) {
    String uri = request.request().uri();
    if (!isUtf8(uri)) {
      Errors.send(request, GlanceException.invalid("The URL is not valid UTF-8."));
      return;
    }
    String path = request.request().path();
    if (path != null && isNowhere(path)) {
      Errors.send(
          request, new GlanceException(ErrorCode.NOT_FOUND, "The resource could not be found."));
      return;
    }
    dropBadContentType(request.request());
    request.next();
  }

  /**
   * Jakarta REST refuses a Content-Type that it cannot read even where nobody asks for it, which
   * would hide upstream's answers: without it the request is one that names no type.
   */
  private static void dropBadContentType(HttpServerRequest request) {
    String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    if (type == null) {
      return;
    }
    try {
      MediaType.valueOf(type);
    } catch (IllegalArgumentException _) {
      request.headers().remove(HttpHeaders.CONTENT_TYPE);
    }
  }

  /**
   * Whether a path is one that upstream serves nothing at, and that the router here would tidy up
   * or take parameters from: empty segments, dots and semicolons.
   */
  private static boolean isNowhere(String path) {
    boolean isVersioned = path.startsWith("/v2/");
    return path.contains("//")
        || (isVersioned && (path.endsWith("/") || path.contains(";") || DOTS.matcher(path).find()));
  }

  /** Whether the bytes behind percent signs, and those sent raw, are UTF-8 and not NUL. */
  static boolean isUtf8(String uri) {
    if (uri.chars().allMatch(c -> c < 0x80 && c != '%')) {
      return true;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(uri.length());
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c == '%') {
        int high = i + 2 < uri.length() ? Character.digit(uri.charAt(i + 1), 16) : -1;
        int low = i + 2 < uri.length() ? Character.digit(uri.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0 || high + low == 0) {
          return false;
        }
        bytes.write(high * 16 + low);
        i += 2;
      } else {
        // The HTTP decoder gives each raw byte as one character.
        bytes.write(c);
      }
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray()));
      return true;
    } catch (CharacterCodingException _) {
      return false;
    }
  }
}
