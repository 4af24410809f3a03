package dev.glance.api.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One request and its answer.
 *
 * @param target path and query as they were sent
 * @param requestHeaders by name in any case, the last value of each
 * @param headers those of the answer, likewise
 */
record Exchange(
    String method,
    String target,
    Map<String, String> requestHeaders,
    String requestBody,
    int status,
    Map<String, String> headers,
    String body) {

  Exchange {
    requestHeaders = anyCase(requestHeaders);
    headers = anyCase(headers);
  }

  private static Map<String, String> anyCase(Map<String, String> headers) {
    Map<String, String> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    map.putAll(headers);
    return map;
  }

  /** The path, with the accepted version where any of its spellings stood. */
  String path() {
    String path = target.split("\\?", 2)[0];
    if (requestHeaders.getOrDefault("Accept", "").startsWith("application/vnd.openstack.images-")) {
      return "/v2" + path;
    }
    return path.replaceFirst("^/v2\\.\\d+(?=/|$)", "/v2")
        .replaceFirst("^/versions/.*", "/versions");
  }

  /** Names and values of the query parameters. */
  List<Map.Entry<String, String>> query() {
    List<Map.Entry<String, String>> parameters = new ArrayList<>();
    String[] parts = target.split("\\?", 2);
    if (parts.length == 2) {
      for (String part : parts[1].split("&", -1)) {
        String[] pair = part.split("=", 2);
        if (!pair[0].isEmpty()) {
          parameters.add(Map.entry(decoded(pair[0]), pair.length == 2 ? decoded(pair[1]) : ""));
        }
      }
    }
    return parameters;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  boolean isSuccess() {
    return status < 300;
  }

  /** The media type of the answer's body, without parameters; empty when it names none. */
  String type() {
    return type(headers);
  }

  /** The media type of the request's body. */
  String requestType() {
    return type(requestHeaders);
  }

  private static String type(Map<String, String> headers) {
    return headers
        .getOrDefault("Content-Type", "")
        .split(";", 2)[0]
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return method + " " + target + " -> " + status;
  }
}
