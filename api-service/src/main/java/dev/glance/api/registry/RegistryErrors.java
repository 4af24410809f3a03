package dev.glance.api.registry;

import dev.glance.model.error.ErrorBody;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.rest.client.ext.ResponseExceptionMapper;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the exception that the registry threw. What only the operator can mend (a fault of the
 * registry, a token that it does not take) reaches the client as "try again".
 */
public final class RegistryErrors implements ResponseExceptionMapper<GlanceException> {
  @Override
  public GlanceException toThrowable(Response response) {
    int status = response.getStatus();
    if (status == 401) {
      return unavailable("glance-registry does not take this service's token");
    }
    @Nullable ErrorBody body;
    try {
      body = response.readEntity(ErrorBody.class);
    } catch (ProcessingException | WebApplicationException | IllegalStateException e) {
      return unavailable("glance-registry answered " + status);
    }
    // Neither need be there: what answered may be something other than the registry.
    @Nullable ErrorCode code = body == null ? null : body.code();
    @Nullable String message = body == null ? null : body.message();
    return status >= 500 || code == null || message == null
        ? unavailable("glance-registry answered " + status + ": " + message)
        : new GlanceException(code, message);
  }

  private static GlanceException unavailable(String cause) {
    return new GlanceException(
        ErrorCode.REGISTRY_UNAVAILABLE,
        "The image registry cannot serve this request. Try again.",
        new IllegalStateException(cause));
  }
}
