package dev.glance.api.http;

import dev.glance.api.store.StoresConfig;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Version discovery and negotiation (API reference section 1): answers {@code /}, {@code /versions}
 * and unknown versions, and sends every accepted minor version to {@code /v2}.
 */
@Singleton
public final class Versions {
  private static final String MEDIA_TYPE_PREFIX = "application/vnd.openstack.images-";

  private final List<Version> listed;
  private final Set<String> accepted;
  private final Optional<String> publicEndpoint;

  Versions(HttpConfig config, StoresConfig stores) {
    // The cache is not built yet, so its versions are not announced.
    this.listed = listed(!stores.stores().isEmpty(), false);
    this.accepted =
        listed.stream()
            .map(Version::id)
            .map(id -> id.equals("v2.0") ? List.of("v2", id) : List.of(id))
            .flatMap(List::stream)
            .collect(Collectors.toUnmodifiableSet());
    this.publicEndpoint = config.publicEndpoint().map(Versions::withoutSlash);
  }

  /** One entry of the list. */
  record Version(String id, boolean isCurrent) {}

  /** The minor versions in upstream's order, which is not sorted (section 1.2). */
  static List<Version> listed(boolean isMultistore, boolean isCaching) {
    List<Version> versions = new ArrayList<>();
    if (isCaching) {
      versions.add(new Version("v2.18", true));
      add(versions, 17, 14);
    } else {
      add(versions, 15, 15);
    }
    if (isMultistore) {
      add(versions, 13, 8);
    } else {
      add(versions, 9, 9);
    }
    if (!isCaching) {
      versions.add(new Version("v2.17", true));
    }
    add(versions, 7, 0);
    return List.copyOf(versions);
  }

  private static void add(List<Version> versions, int from, int to) {
    for (int minor = from; minor >= to; minor--) {
      versions.add(new Version("v2." + minor, false));
    }
  }

  void register(@Observes Filters filters) {
    filters.register(this::negotiate, FilterOrder.VERSIONS);
  }

  /**
   * The address that clients use, without a trailing slash: the configured one, else what this
   * client used.
   */
  public String base(HttpServerRequest request) {
    return publicEndpoint.orElseGet(() -> requestedBase(request));
  }

  private static String requestedBase(HttpServerRequest request) {
    HostAndPort authority = request.authority();
    String host = authority != null ? authority.toString() : String.valueOf(request.localAddress());
    return request.scheme() + "://" + host;
  }

  private void negotiate(RoutingContext request) {
    String path = request.normalizedPath();
    boolean isPlain = path.startsWith("/v2/") && mediaTypeVersion(request) == null;
    if (isPlain || isHealth(path) || ApiDocument.isAt(path)) {
      request.next();
      return;
    }
    int slash = path.indexOf('/', 1);
    String first = slash < 0 ? path.substring(1) : path.substring(1, slash);
    if (first.equals("versions")) {
      list(request, 200);
      return;
    }
    String wanted = mediaTypeVersion(request);
    String version = wanted == null ? first : wanted;
    if (!accepted.contains(version)) {
      list(request, 300);
      return;
    }
    // With the version in the media type, the path has none.
    String rest = wanted != null ? path : slash < 0 ? "" : path.substring(slash);
    if (rest.isEmpty()) {
      request
          .response()
          .setStatusCode(302)
          .putHeader("Location", base(request.request()) + "/v2/")
          .end();
      return;
    }
    String query = request.request().query();
    if (wanted != null) {
      request.request().headers().remove("Accept");
    }
    request.reroute("/v2" + rest + (query == null ? "" : "?" + query));
  }

  private static boolean isHealth(String path) {
    return path.equals("/healthcheck") || path.startsWith("/healthcheck/");
  }

  private static @Nullable String mediaTypeVersion(RoutingContext request) {
    String accept = request.request().getHeader("Accept");
    return accept != null && accept.startsWith(MEDIA_TYPE_PREFIX)
        ? accept.substring(MEDIA_TYPE_PREFIX.length())
        : null;
  }

  private void list(RoutingContext request, int status) {
    String href = base(request.request()) + "/v2/";
    JsonArray versions = new JsonArray();
    for (Version version : listed) {
      versions.add(
          new JsonObject()
              .put("id", version.id())
              .put("status", version.isCurrent() ? "CURRENT" : "SUPPORTED")
              .put(
                  "links",
                  new JsonArray().add(new JsonObject().put("rel", "self").put("href", href))));
    }
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(new JsonObject().put("versions", versions).encode());
  }

  private static String withoutSlash(String url) {
    return url.endsWith("/") ? withoutSlash(url.substring(0, url.length() - 1)) : url;
  }
}
