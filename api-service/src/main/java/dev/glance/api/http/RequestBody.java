package dev.glance.api.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads JSON bodies by the rules that all routes share (API reference section 2.0). */
public final class RequestBody {
  /** Far more than 128 properties and tags need; larger bodies are 413. */
  static final int LIMIT_BYTES = 1 << 20;

  private static final ObjectReader JSON =
      new ObjectMapper()
          .readerFor(JsonNode.class)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Methods whose chunked bodies nobody looks for. */
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.DELETE);

  private RequestBody() {}

  /**
   * The body as an object or a list. The Content-Type is not looked at, as upstream does not.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when there is none, or it is something else
   */
  public static JsonNode json(InputStream body) {
    byte[] bytes = bytes(body);
    if (bytes.length == 0) {
      throw GlanceException.invalid("Body expected in request.");
    }
    JsonNode json;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      json = JSON.readTree(text);
    } catch (CharacterCodingException e) {
      throw new GlanceException(
          ErrorCode.INVALID_REQUEST, "The request body is not valid UTF-8.", e);
    } catch (JsonProcessingException e) {
      throw malformed(e);
    }
    if (!json.isContainerNode()) {
      throw malformed(null);
    }
    refuseHalfCharacters(json);
    return json;
  }

  /** An escape can name half of a surrogate pair, which no UTF-8 can hold. */
  private static void refuseHalfCharacters(JsonNode json) {
    if (json.isTextual()) {
      refuseHalfCharacters(json.textValue());
    }
    json.fieldNames().forEachRemaining(RequestBody::refuseHalfCharacters);
    json.forEach(RequestBody::refuseHalfCharacters);
  }

  private static void refuseHalfCharacters(String text) {
    if (text.chars().anyMatch(c -> Character.isSurrogate((char) c))
        && !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw GlanceException.invalid("A text in the request body holds half a character.");
    }
  }

  /**
   * Refuses a body where none belongs.
   *
   * @throws GlanceException {@code INVALID_REQUEST} when the request announces one
   */
  public static void expectNone(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    boolean isChunked = request.headers().contains("Transfer-Encoding");
    if ((length != null && !length.strip().equals("0"))
        || (isChunked && !SAFE.contains(request.method()))) {
      throw GlanceException.invalid("Body not allowed in this request.");
    }
  }

  private static byte[] bytes(InputStream body) {
    try (body) {
      byte[] bytes = body.readNBytes(LIMIT_BYTES + 1);
      if (bytes.length > LIMIT_BYTES) {
        throw new GlanceException(
            ErrorCode.LIMIT_EXCEEDED, "The request body is larger than 1 MiB.");
      }
      return bytes;
    } catch (IOException e) {
      // The sender went away, or was silent for too long.
      throw new GlanceException(ErrorCode.INVALID_REQUEST, "The request body ended early.", e);
    }
  }

  private static GlanceException malformed(@Nullable Throwable cause) {
    return new GlanceException(ErrorCode.INVALID_REQUEST, "Malformed JSON in request body.", cause);
  }
}
