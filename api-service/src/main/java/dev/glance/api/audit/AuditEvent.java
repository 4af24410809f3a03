package dev.glance.api.audit;

import dev.glance.api.auth.Caller;
import dev.glance.api.http.RequestId;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One call in the terms of CADF (DMTF DSP0262): who (initiator) did what (action) to what (target),
 * with which outcome, seen by whom (observer); beside it the ids of the request. Has nothing of the
 * request's headers but its id, and neither query nor body, so that no secret can be in it.
 */
final class AuditEvent {
  private static final String IMAGE = "service/storage/image";
  private static final String UNKNOWN = "unknown";

  /** {@code pid@host}. */
  private static final String OBSERVER =
      "glance-api/" + ManagementFactory.getRuntimeMXBean().getName();

  /** An id or a name, and what of it is meant. */
  private static final Pattern PATH =
      Pattern.compile("/v2/(images|tasks|metadefs/\\w+|cache|\\w+)(?:/([^/]+)(?:/(\\w+).*)?)?");

  private AuditEvent() {}

  /**
   * The event as one line of JSON.
   *
   * @param isAnswered whether the client got the answer: of a connection that was cut before, only
   *     the call is known
   */
  static String of(RoutingContext request, boolean isAnswered) {
    int status = request.response().getStatusCode();
    String path = Objects.toString(request.request().path(), "");
    boolean isKnown = isAnswered || request.response().headWritten();
    JsonObject event =
        new JsonObject()
            .put("typeURI", "http://schemas.dmtf.org/cloud/audit/1.0/event")
            .put("id", UUID.randomUUID().toString())
            .put("eventType", "activity")
            .put("eventTime", Instant.now().truncatedTo(ChronoUnit.MICROS).toString())
            .put("action", action(request.request().method().name(), path))
            .put("outcome", !isKnown ? UNKNOWN : status < 400 ? "success" : "failure");
    if (isKnown) {
      event
          .put(
              "reason",
              new JsonObject()
                  .put("reasonType", "HTTP")
                  .put("reasonCode", Integer.toString(status)))
          .put("status", status);
    }
    event
        .put("initiator", initiator(request))
        .put("target", target(request, path))
        .put("observer", new JsonObject().put("typeURI", IMAGE).put("id", OBSERVER))
        .put("requestMethod", request.request().method().name())
        .put("requestPath", path)
        .put("requestId", request.response().headers().get(RequestId.HEADER));
    String global = request.request().getHeader(RequestId.HEADER);
    // One that is too long was refused, and is not worth a line that long.
    if (global != null && status != 431) {
      event.put("globalRequestId", global);
    }
    return event.encode();
  }

  private static JsonObject initiator(RoutingContext request) {
    JsonObject initiator = new JsonObject().put("typeURI", "service/security/account/user");
    Optional<Caller> caller = Caller.find(request);
    initiator.put("id", caller.map(Caller::user).orElse(UNKNOWN));
    caller.map(Caller::userName).ifPresent(name -> initiator.put("name", name));
    caller.map(Caller::project).ifPresent(project -> initiator.put("project_id", project));
    caller.map(Caller::domain).ifPresent(domain -> initiator.put("domain_id", domain));
    caller.ifPresent(
        known -> {
          initiator.put("roles", new JsonArray(new TreeSet<>(known.roles()).stream().toList()));
          if (!known.serviceRoles().isEmpty()) {
            initiator.put(
                "service_roles",
                new JsonArray(new TreeSet<>(known.serviceRoles()).stream().toList()));
          }
        });
    SocketAddress address = request.request().remoteAddress();
    // A connection that has gone away is not known by its address any more.
    String host = address == null ? null : address.hostAddress();
    return initiator.put("host", new JsonObject().put("address", host == null ? UNKNOWN : host));
  }

  private static JsonObject target(RoutingContext request, String requested) {
    Matcher path = PATH.matcher(requested);
    if (!path.matches()) {
      return new JsonObject().put("typeURI", IMAGE).put("id", UNKNOWN);
    }
    String kind = path.group(1).equals("images") ? "" : "/" + path.group(1);
    String part = path.group(3) == null ? "" : "/" + path.group(3);
    String id = path.group(2);
    String location = request.response().headers().get(HttpHeaders.LOCATION);
    if (id == null && location != null) {
      id = location.substring(location.lastIndexOf('/') + 1);
    }
    return new JsonObject()
        .put("typeURI", IMAGE + kind + part)
        .put("id", id == null ? UNKNOWN : id);
  }

  private static String action(String method, String path) {
    if (path.endsWith("/actions/deactivate")) {
      return "disable";
    }
    if (path.endsWith("/actions/reactivate")) {
      return "enable";
    }
    return switch (method) {
      case "POST" -> "create";
      case "PUT", "PATCH" -> "update";
      case "DELETE" -> "delete";
      case "GET", "HEAD" -> "read";
      default -> UNKNOWN;
    };
  }
}
