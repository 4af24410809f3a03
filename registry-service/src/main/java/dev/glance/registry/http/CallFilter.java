package dev.glance.registry.http;

import dev.glance.model.error.ErrorBody;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.registry.Scope;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import org.jboss.logging.MDC;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/**
 * Lets in only callers that show the service token, and puts the request id into each line that is
 * logged for the call. Health checks do not come this way.
 */
@Singleton
public class CallFilter {
  private static final String REQUEST_ID_HEADER = "X-Openstack-Request-Id";

  private final ServiceToken token;

  CallFilter(ServiceToken token) {
    this.token = token;
  }

  /** 401 without the token, 400 without a scope where one is needed. */
  @ServerRequestFilter(preMatching = true)
  public Optional<Response> admit(ContainerRequestContext call) {
    String requestId = call.getHeaderString(REQUEST_ID_HEADER);
    if (requestId != null) {
      MDC.put(LogKeys.REQUEST_ID, "request=" + requestId + " ");
    }
    String shown = call.getHeaderString(HttpHeaders.AUTHORIZATION);
    if (shown == null || !token.isShownBy(shown)) {
      return Optional.of(
          refusal(ErrorCode.UNAUTHENTICATED, "The registry's service token is missing or wrong"));
    }
    String path = call.getUriInfo().getPath();
    if ((path.contains("/images") || path.contains("/metadefs"))
        && call.getHeaderString(Scope.HEADER) == null) {
      return Optional.of(
          refusal(
              ErrorCode.INVALID_REQUEST,
              "Calls for images and metadata definitions name a scope in " + Scope.HEADER));
    }
    return Optional.empty();
  }

  private static Response refusal(ErrorCode code, String message) {
    return Response.status(code.status())
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(new ErrorBody(code, message))
        .build();
  }

  /** The thread that logged for this call serves others next. */
  @ServerResponseFilter
  public void forget() {
    MDC.remove(LogKeys.REQUEST_ID);
  }
}
