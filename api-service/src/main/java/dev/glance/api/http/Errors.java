package dev.glance.api.http;

import dev.glance.api.store.StoreException;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.MIMEHeader;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.WebApplicationException;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * Where exceptions meet HTTP: one mapping to {@link ErrorCode}, one rendering by {@code Accept}
 * (API reference section 2.0). Used by {@link ErrorMapper} for Jakarta REST and, through {@link
 * #send}, by filters and plain routes.
 */
public final class Errors {
  private static final Logger LOG = Logger.getLogger(Errors.class);

  /** A registry or store that fails is asked again soon: it recovers within seconds. */
  private static final String RETRY_AFTER_SECONDS = "1";

  private static final List<String> BODY_HEADERS =
      List.of("Content-Length", "Content-MD5", "Content-Type", "ETag", "Accept-Ranges");

  /**
   * Key of the request's data: the {@code WWW-Authenticate} header of a 401, set by whoever
   * authenticates.
   */
  public static final String CHALLENGE = Errors.class.getName() + ".challenge";

  /** Key of the request's data: that the caller was not let do what it asked for. */
  private static final String DENIED = Errors.class.getName() + ".denied";

  private Errors() {}

  /**
   * Whether the request was refused for who its caller is: with 401, 403, or a 404 that hides from
   * the caller that the thing exists.
   */
  public static boolean isDenied(RoutingContext request) {
    return request.get(DENIED) != null;
  }

  private static boolean isDenial(Throwable error) {
    return error instanceof GlanceException refusal
        && (refusal.code() == ErrorCode.UNAUTHENTICATED
            || refusal.code() == ErrorCode.FORBIDDEN
            || (refusal.getCause() != null && isDenial(refusal.getCause())));
  }

  /**
   * An error, ready to be sent.
   *
   * @param headers those beside the Content-Type
   */
  record Answer(int status, String contentType, String body, Map<String, String> headers) {}

  /**
   * Ends the request with the error, unless its answer is under way already: then the connection is
   * closed, so that nobody takes a part for the whole.
   */
  public static void send(RoutingContext request, Throwable error) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      return;
    }
    Answer answer = answer(request, error);
    if (response.headWritten()) {
      request.request().connection().close();
      return;
    }
    describesNoBytes(response, answer.status());
    response.setStatusCode(answer.status()).putHeader("Content-Type", answer.contentType());
    answer.headers().forEach(response::putHeader);
    response.end(answer.body());
  }

  /** Takes back what was said of a body that is not sent now. */
  private static void describesNoBytes(HttpServerResponse response, int status) {
    BODY_HEADERS.forEach(response.headers()::remove);
    if (status != ErrorCode.RANGE_NOT_SATISFIABLE.status()) {
      response.headers().remove("Content-Range");
    }
  }

  /** Which error an exception is. Logs the ones that are our fault. */
  static ErrorCode code(Throwable error) {
    return switch (error) {
      case GlanceException e -> e.code();
      case StoreException e ->
          switch (e) {
            case StoreException.NotFound _ -> ErrorCode.NOT_FOUND;
            case StoreException.AlreadyExists _ -> ErrorCode.CONFLICT;
            case StoreException.Full _ -> ErrorCode.LIMIT_EXCEEDED;
            case StoreException.InUse _ -> ErrorCode.CONFLICT;
            case StoreException.Denied _ -> ErrorCode.STORE_UNAVAILABLE;
            case StoreException.BadLocation _ -> ErrorCode.INVALID_REQUEST;
            case StoreException.Unsupported _ -> ErrorCode.INVALID_REQUEST;
            case StoreException.Unavailable _ -> ErrorCode.STORE_UNAVAILABLE;
            // Not the image's end, which has an exception of its own: this process is stopping.
            case StoreException.Cancelled _ -> ErrorCode.STORE_UNAVAILABLE;
          };
      // The registry client's: no connection, no answer in time, or one that makes no sense.
      case ProcessingException _ -> ErrorCode.REGISTRY_UNAVAILABLE;
      // The same client's, for a connection that the registry closed under the call.
      case HttpClosedException _ -> ErrorCode.REGISTRY_UNAVAILABLE;
      case NotFoundException _ -> ErrorCode.NOT_FOUND;
      case NotAllowedException _ -> ErrorCode.METHOD_NOT_ALLOWED;
      case WebApplicationException e when e.getResponse().getStatus() < 500 ->
          ErrorCode.INVALID_REQUEST;
      default -> ErrorCode.INTERNAL;
    };
  }

  /** What a status is called in upstream's bodies, where 416 has a name of its own. */
  private static String title(ErrorCode code) {
    return code == ErrorCode.RANGE_NOT_SATISFIABLE
        ? "Request Range Not Satisfiable"
        : HttpResponseStatus.valueOf(code.status()).reasonPhrase();
  }

  static Answer answer(RoutingContext request, Throwable error) {
    ErrorCode code = code(error);
    log(request, code, error);
    if (isDenial(error)) {
      request.put(DENIED, true);
    }
    String status = code.status() + " " + title(code);
    String text = explanation(code, error);
    // Upstream puts the sentence of a 415 in the detail part, and clients look for it there.
    boolean isDetail = code == ErrorCode.UNSUPPORTED_MEDIA_TYPE;
    String explanation = isDetail ? "The server does not take this media type here." : text;
    String detail = isDetail ? text : "";
    Map<String, String> headers = headers(request, code);
    return switch (format(request)) {
      case JSON ->
          new Answer(
              code.status(),
              "application/json",
              new JsonObject()
                  .put("message", explanation + "<br /><br />\n" + detail + "\n\n")
                  .put("code", status)
                  .put("title", title(code))
                  .encode(),
              headers);
      case HTML ->
          new Answer(
              code.status(),
              "text/html; charset=UTF-8",
              "<html><head><title>"
                  + status
                  + "</title></head><body><h1>"
                  + status
                  + "</h1>"
                  + escape(explanation)
                  + "<br /><br />\n"
                  + escape(detail)
                  + "\n\n</body></html>",
              headers);
      case TEXT ->
          new Answer(
              code.status(),
              "text/plain; charset=UTF-8",
              status + "\n\n" + explanation + "\n\n" + (isDetail ? detail + "\n" : ""),
              headers);
    };
  }

  private enum Format {
    HTML,
    JSON,
    TEXT
  }

  /**
   * HTML before JSON where the client likes both as much, plain text where it names neither. That
   * holds for every error: upstream's code asks for text in places, which has no effect.
   */
  private static Format format(RoutingContext request) {
    List<MIMEHeader> accept = request.parsedHeaders().accept();
    float html = weight(accept, "text", "html");
    float json = weight(accept, "application", "json");
    if (html == 0 && json == 0) {
      return Format.TEXT;
    }
    return html >= json ? Format.HTML : Format.JSON;
  }

  /** How much the client wants a type: the weight of the most specific range that matches. */
  private static float weight(List<MIMEHeader> accept, String type, String subtype) {
    float weight = 0;
    int best = -1;
    for (MIMEHeader range : accept) {
      // Asking for the weight makes Vert.x read the value; before, the parts are null.
      float rangeWeight = range.weight();
      boolean isTypeNamed = type.equals(range.component());
      int specificity;
      if (isTypeNamed && subtype.equals(range.subComponent())) {
        specificity = 2;
      } else if (isTypeNamed && "*".equals(range.subComponent())) {
        specificity = 1;
      } else if ("*".equals(range.component())) {
        specificity = 0;
      } else {
        continue;
      }
      if (specificity > best) {
        best = specificity;
        weight = rangeWeight;
      }
    }
    return weight;
  }

  private static String explanation(ErrorCode code, Throwable error) {
    return switch (error) {
      case GlanceException e -> e.message();
      case StoreException e when code.status() < 500 -> String.valueOf(e.getMessage());
      default ->
          switch (code) {
            case REGISTRY_UNAVAILABLE -> "The image registry cannot be reached. Try again.";
            case STORE_UNAVAILABLE -> "The image store cannot be reached. Try again.";
            case IDENTITY_UNAVAILABLE -> "Who is calling cannot be found out now. Try again.";
            case NOT_FOUND -> "The resource could not be found.";
            case METHOD_NOT_ALLOWED -> "The method is not allowed for this resource.";
            case INTERNAL ->
                "The server has either erred or is incapable of performing the requested operation.";
            default -> "The request could not be understood.";
          };
    };
  }

  private static void log(RoutingContext request, ErrorCode code, Throwable error) {
    if (code == ErrorCode.INTERNAL) {
      LOG.errorf(error, "failed: %s %s", request.request().method(), request.request().path());
    } else if (code.status() >= 500) {
      LOG.warnf("%s %s: %s", request.request().method(), request.request().path(), causes(error));
    } else {
      LOG.debugf("%s %s: %s", request.request().method(), request.request().path(), error);
    }
  }

  private static String causes(Throwable error) {
    Throwable cause = error.getCause();
    return cause == null ? error.toString() : error + " <- " + causes(cause);
  }

  private static Map<String, String> headers(RoutingContext request, ErrorCode code) {
    String challenge = request.get(CHALLENGE);
    if (code == ErrorCode.UNAUTHENTICATED && challenge != null) {
      return Map.of("WWW-Authenticate", challenge);
    }
    if (code.status() == 503) {
      return Map.of("Retry-After", RETRY_AFTER_SECONDS);
    }
    if (code == ErrorCode.UNSUPPORTED_MEDIA_TYPE
        && request.request().method().equals(HttpMethod.PATCH)) {
      return Map.of(PatchMedia.HEADER, PatchMedia.accepted());
    }
    if (code == ErrorCode.METHOD_NOT_ALLOWED) {
      return Route.of(request.normalizedPath())
          .map(route -> Map.of("Allow", route.allow()))
          .orElse(Map.of());
    }
    return Map.of();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
