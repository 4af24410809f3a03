package dev.glance.api.http;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Hands what Jakarta REST resources throw to {@link Errors}. Resources do not catch. */
final class ErrorMapper {
  @ServerExceptionMapper(Throwable.class)
  Response map(Throwable error, RoutingContext request) {
    Errors.Answer answer = Errors.answer(request, error);
    Response.ResponseBuilder response =
        Response.status(answer.status())
            .header(HttpHeaders.CONTENT_TYPE, answer.contentType())
            .entity(answer.body());
    answer.headers().forEach(response::header);
    return response.build();
  }
}
