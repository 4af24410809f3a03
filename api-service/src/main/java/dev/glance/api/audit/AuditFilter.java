package dev.glance.api.audit;

import dev.glance.api.http.Errors;
import dev.glance.api.http.FilterOrder;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Writes a line for each call below {@code /v2/} that changes something, whatever came of it, and
 * for each call that was denied: 401, 403, and a 404 that hides a 403. The line is an {@link
 * AuditEvent}; it goes to the log category {@value #CATEGORY}, which the operator's log settings
 * send elsewhere or switch off.
 */
@Singleton
public final class AuditFilter {
  /** The log category of the audit lines. */
  static final String CATEGORY = "dev.glance.audit";

  private static final Logger LOG = Logger.getLogger(CATEGORY);
  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
  private static final String WATCHED = AuditFilter.class.getName();

  void register(@Observes Filters filters) {
    filters.register(this::watch, FilterOrder.AUDIT);
  }

  private void watch(RoutingContext request) {
    String path = request.request().path();
    // A request that was sent to another path passes here again.
    if (path != null && path.startsWith("/v2/") && request.get(WATCHED) == null) {
      request.put(WATCHED, true);
      request.addEndHandler(end -> ended(request, end.succeeded()));
    }
    request.next();
  }

  private static void ended(RoutingContext request, boolean isAnswered) {
    boolean isRead = READING.contains(request.request().method().name());
    if ((!isRead || Errors.isDenied(request)) && LOG.isInfoEnabled()) {
      LOG.info(AuditEvent.of(request, isAnswered));
    }
  }
}
