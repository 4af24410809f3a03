package dev.glance.api.http;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.UUID;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/**
 * Gives every request an id (API reference sections 2.0 and 7.15). It is answered in {@link
 * #HEADER}, stands in every log line, and goes on to the registry. An id that another service sent
 * is kept beside it as the global one.
 */
@Singleton
public final class RequestId {
  /** The header in both directions. */
  public static final String HEADER = "x-openstack-request-id";

  /** Key of the logging context: this request's own id, {@code req-<uuid>}. */
  static final String OWN = "requestId";

  /** Key of the logging context: the id that the request came with. */
  static final String GLOBAL = "globalRequestId";

  private final int maxLength;

  RequestId(HttpConfig config) {
    this.maxLength = config.maxRequestIdLength();
  }

  void register(@Observes Filters filters) {
    filters.register(this::identify, FilterOrder.REQUEST_ID);
  }

  /**
   * The id to send on: the global one, else the own one; null outside a request. Known wherever the
   * logging context is, so on the threads that Quarkus hands a request to.
   */
  public static @Nullable String current() {
    Object global = MDC.get(GLOBAL);
    Object id = global != null ? global : MDC.get(OWN);
    return id == null ? null : id.toString();
  }

  /** The id that this service gave a request; the one it is answered with. */
  public static @Nullable String of(RoutingContext request) {
    return request.get(OWN);
  }

  private void identify(RoutingContext request) {
    // A request that was sent to another path passes here again, with its headers cleared.
    String own = request.get(OWN);
    if (own == null) {
      own = "req-" + UUID.randomUUID();
      request.put(OWN, own);
      MDC.put(OWN, own);
    }
    request.response().putHeader(HEADER, own);
    String global = request.request().getHeader(HEADER);
    if (global != null && global.length() > maxLength) {
      Errors.send(
          request,
          new GlanceException(
              ErrorCode.REQUEST_ID_TOO_LONG,
              "Request ID is longer than " + maxLength + " characters."));
      return;
    }
    if (global != null && !global.isBlank()) {
      MDC.put(GLOBAL, global);
    }
    request.next();
  }
}
