package dev.glance.api.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The query string of a list: its parameters, and the links to its pages, which keep the client's
 * own text, so that repeated parameters and their order stay.
 */
public final class QueryString {
  private static final int MAX_PARAMETERS = 1024;
  private static final String MARKER = "marker";
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final String text;
  private final Map<String, List<String>> parameters;

  private QueryString(String text) {
    this.text = text;
    // A semicolon separates nothing, as in upstream. The decoder drops a question mark in front,
    // which
    // may as well be the first parameter's own.
    this.parameters =
        new QueryStringDecoder("?" + text, StandardCharsets.UTF_8, false, MAX_PARAMETERS, true)
            .parameters();
  }

  /**
   * Reads a query.
   *
   * @param raw as the HTTP decoder gives it, each byte that the client sent raw as one character;
   *     null when there was none
   */
  public static QueryString of(@Nullable String raw) {
    return new QueryString(raw == null ? "" : escaped(raw));
  }

  /** The names of the parameters, in the order of their first appearance; case counts. */
  public Set<String> names() {
    return parameters.keySet();
  }

  /** Every value of a parameter, in order; empty when it is not there. */
  public List<String> all(String name) {
    return parameters.getOrDefault(name, List.of());
  }

  /** The last value of a parameter; null when it is not there. */
  public @Nullable String get(String name) {
    List<String> values = parameters.get(name);
    return values == null ? null : values.getLast();
  }

  /** The last value of a parameter, or another where it is not there. */
  public String get(String name, String otherwise) {
    String value = get(name);
    return value == null ? otherwise : value;
  }

  /** The first page of this list. */
  public String first(String path) {
    String rest = withoutMarker();
    return rest.isEmpty() ? path : path + "?" + rest;
  }

  /** The page after the item that the marker names. */
  public String next(String path, String marker) {
    String rest = withoutMarker();
    return path
        + "?"
        + (rest.isEmpty() ? "" : rest + "&")
        + MARKER
        + "="
        + URLEncoder.encode(marker, StandardCharsets.UTF_8);
  }

  private String withoutMarker() {
    return Arrays.stream(text.split("&"))
        .filter(parameter -> !parameter.isEmpty() && !isMarker(parameter))
        .collect(Collectors.joining("&"));
  }

  private static boolean isMarker(String parameter) {
    int equals = parameter.indexOf('=');
    String name = equals < 0 ? parameter : parameter.substring(0, equals);
    return URLDecoder.decode(name, StandardCharsets.UTF_8).equals(MARKER);
  }

  /** The query in ASCII: what was sent as raw bytes is escaped, so that the links can carry it. */
  private static String escaped(String query) {
    StringBuilder escaped = new StringBuilder(query.length());
    for (int i = 0; i < query.length(); i++) {
      char c = query.charAt(i);
      if (c < 0x80) {
        escaped.append(c);
      } else {
        escaped.append('%').append(HEX.toHexDigits((byte) c));
      }
    }
    return escaped.toString();
  }
}
