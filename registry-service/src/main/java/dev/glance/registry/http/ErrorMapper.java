package dev.glance.registry.http;

import com.fasterxml.jackson.core.JacksonException;
import dev.glance.model.error.ErrorBody;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
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
    return response(ErrorCode.INVALID_REQUEST, "Malformed JSON: " + malformed.getOriginalMessage());
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

  /** A fault of ours: the log has the details, the caller does not. */
  @ServerExceptionMapper
  public Response failed(Throwable fault) {
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
