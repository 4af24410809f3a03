package dev.glance.api.http;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The paths of the API and their methods, for 405 with {@code Allow} (API reference section 2.0):
 * Jakarta REST answers 405 without the header, and OPTIONS with 200, where upstream has 405. HEAD
 * goes wherever GET does, and stands in {@code Allow} as RFC 9110 section 10.2.1 asks.
 */
enum Route {
  IMAGES("/v2/images", "GET", "HEAD", "POST"),
  IMAGE("/v2/images/[^/]+", "DELETE", "GET", "HEAD", "PATCH"),
  IMAGE_FILE("/v2/images/[^/]+/file", "GET", "HEAD", "PUT"),
  IMAGE_TASKS("/v2/images/[^/]+/tasks", "GET", "HEAD"),
  IMAGE_DEACTIVATE("/v2/images/[^/]+/actions/deactivate", "POST"),
  IMAGE_REACTIVATE("/v2/images/[^/]+/actions/reactivate", "POST"),
  IMAGE_TAG("/v2/images/[^/]+/tags/[^/]+", "DELETE", "PUT"),
  LOCATIONS("/v2/images/[^/]+/locations", "GET", "HEAD", "POST"),
  STORE_IMAGE("/v2/stores/[^/]+/[^/]+", "DELETE"),
  MEMBERS("/v2/images/[^/]+/members", "GET", "HEAD", "POST"),
  MEMBER("/v2/images/[^/]+/members/[^/]+", "DELETE", "GET", "HEAD", "PUT"),
  TASKS("/v2/tasks", "GET", "HEAD", "POST"),
  TASK("/v2/tasks/[^/]+", "GET", "HEAD"),
  INFO_IMPORT("/v2/info/import", "GET", "HEAD"),
  INFO_STORES("/v2/info/stores(/detail)?", "GET", "HEAD"),
  NAMESPACES("/v2/metadefs/namespaces", "GET", "HEAD", "POST"),
  NAMESPACE("/v2/metadefs/namespaces/[^/]+", "DELETE", "GET", "HEAD", "PUT"),
  DEFINITIONS(
      "/v2/metadefs/namespaces/[^/]+/(objects|properties|tags)", "DELETE", "GET", "HEAD", "POST"),
  DEFINITION(
      "/v2/metadefs/namespaces/[^/]+/(objects|properties)/[^/]+", "DELETE", "GET", "HEAD", "PUT"),
  METADEF_TAG("/v2/metadefs/namespaces/[^/]+/tags/[^/]+", "DELETE", "GET", "HEAD", "POST", "PUT"),
  ASSOCIATIONS("/v2/metadefs/namespaces/[^/]+/resource_types", "GET", "HEAD", "POST"),
  ASSOCIATION("/v2/metadefs/namespaces/[^/]+/resource_types/[^/]+", "DELETE"),
  RESOURCE_TYPES("/v2/metadefs/resource_types", "GET", "HEAD"),
  METADEF_SCHEMA("/v2/schemas/metadefs/(namespace|object|resource_type|tag)s?", "GET", "HEAD"),
  METADEF_PROPERTY_SCHEMA("/v2/schemas/metadefs/propert(y|ies)", "GET", "HEAD"),
  INFO_USAGE("/v2/info/usage", "GET", "HEAD"),
  SCHEMA("/v2/schemas/(images?|members?|tasks?)", "GET", "HEAD");

  private final Pattern path;
  private final String template;
  // Sorted, comma-separated, as the Allow header has them.
  private final String methods;

  Route(String path, String... methods) {
    this.path = Pattern.compile(path);
    this.template = path.replace("[^/]+", "{}");
    this.methods = String.join(", ", methods);
  }

  /** The route that a path belongs to. */
  static Optional<Route> of(String path) {
    return Arrays.stream(values()).filter(route -> route.path.matcher(path).matches()).findFirst();
  }

  /** The paths, as a regular expression. */
  String path() {
    return path.pattern();
  }

  /** The path with {@code {}} for each name in it. */
  String template() {
    return template;
  }

  /** The methods, as the {@code Allow} header lists them. */
  String allow() {
    return methods;
  }

  boolean takes(String method) {
    return List.of(methods.split(", ")).contains(method);
  }

  /**
   * Ends a request whose path is known and whose method is not, and OPTIONS where nothing is, to
   * which Jakarta REST would say 200.
   */
  static void check(RoutingContext request) {
    String method = request.request().method().name();
    Optional<Route> known = of(request.normalizedPath());
    boolean isOfTheApi = request.normalizedPath().startsWith("/v2/");
    if (known.isEmpty() && isOfTheApi && method.equals("OPTIONS")) {
      Errors.send(
          request, new GlanceException(ErrorCode.NOT_FOUND, "The resource could not be found."));
    } else if (known.isPresent() && !known.get().takes(method)) {
      Errors.send(
          request,
          new GlanceException(
              ErrorCode.METHOD_NOT_ALLOWED,
              "The method " + method + " is not allowed for this resource."));
    } else {
      request.next();
    }
  }
}
