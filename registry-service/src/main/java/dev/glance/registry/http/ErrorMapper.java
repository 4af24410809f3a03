package dev.glance.registry.http;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import dev.glance.model.error.ErrorBody;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.registry.database.DatabaseErrors;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Where exceptions meet HTTP. The body always is an {@link ErrorBody}. */
public class ErrorMapper {
  private static final Logger LOG = Logger.getLogger(ErrorMapper.class);

  /** A refusal: its own status and sentence. */
  @ServerExceptionMapper
  public Response refused(GlanceException refusal) {
    LOG.debugf("Refused: code=%s message=%s", refusal.code(), refusal.message());
    return response(refusal.code(), refusal.message());
  }

  /** JSON that is none, or of another shape. */
  @ServerExceptionMapper
  public Response malformed(JacksonException malformed) {
    // Jackson's own words name our classes.
    LOG.debugf("Malformed JSON: %s", malformed.getOriginalMessage());
    return response(ErrorCode.INVALID_REQUEST, "Malformed JSON in the request body");
  }

  /** The same; Quarkus has a mapper of its own for this kind, which only a nearer one overrides. */
  @ServerExceptionMapper
  public Response mismatched(MismatchedInputException malformed) {
    return malformed(malformed);
  }

  /** What the framework refuses by itself: an unknown path, a wrong method, a bad parameter. */
  @ServerExceptionMapper
  public Response refusedByFramework(WebApplicationException refusal) {
    int status = refusal.getResponse().getStatus();
    ErrorCode code =
        switch (status) {
          case 404 -> ErrorCode.NOT_FOUND;
          case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
          case 415 -> ErrorCode.UNSUPPORTED_MEDIA_TYPE;
          default -> status < 500 ? ErrorCode.INVALID_REQUEST : ErrorCode.INTERNAL;
        };
    return response(code, String.valueOf(refusal.getMessage()));
  }

  /** The database is away, or cannot hold a value; else a fault of ours, told only to the log. */
  @ServerExceptionMapper
  public Response failed(Throwable fault) {
    if (DatabaseErrors.isUnavailable(fault)) {
      LOG.warnf("The database is not available: cause=%s", DatabaseErrors.words(fault).orElse(""));
      return response(ErrorCode.REGISTRY_UNAVAILABLE, "The registry's database is not available");
    }
    if (DatabaseErrors.isInvalidValue(fault)) {
      return response(ErrorCode.INVALID_REQUEST, "A value holds a character that cannot be kept");
    }
    LOG.error("Unexpected failure", fault);
    return response(ErrorCode.INTERNAL, "Internal error of the registry");
  }

  private static Response response(ErrorCode code, String message) {
    return Response.status(code.status())
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(new ErrorBody(code, message))
        .build();
  }
}
