package dev.glance.api.auth.keystone;

import io.vertx.core.json.JsonObject;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One call that an application credential allows; with any of these, it allows no other.
 *
 * @param service the type of the service that the call is to
 * @param method the HTTP method
 * @param path matches the whole path of the URL
 */
record AccessRule(String service, String method, Pattern path) {
  /** The type that this service has in the catalog, by which rules name it. */
  private static final String IMAGE = "image";

  /** What is not literal in a path: {@code {name}} and {@code *} a segment, {@code **} anything. */
  private static final Pattern WILD = Pattern.compile("\\{[^}]*}|\\*\\*|\\*");

  static AccessRule of(JsonObject rule) {
    return new AccessRule(
        rule.getString("service", ""),
        rule.getString("method", ""),
        pattern(rule.getString("path", "")));
  }

  boolean allows(String method, String path) {
    return service.equals(IMAGE) && this.method.equals(method) && this.path.matcher(path).matches();
  }

  private static Pattern pattern(String path) {
    StringBuilder pattern = new StringBuilder();
    Matcher wild = WILD.matcher(path);
    int end = 0;
    while (wild.find()) {
      pattern.append(Pattern.quote(path.substring(end, wild.start())));
      pattern.append(wild.group().equals("**") ? ".*" : "[^/]+");
      end = wild.end();
    }
    return Pattern.compile(pattern.append(Pattern.quote(path.substring(end))).toString());
  }
}
