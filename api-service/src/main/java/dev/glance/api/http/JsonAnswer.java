package dev.glance.api.http;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

/** Answers with a JSON document, whatever the client accepts, in UTF-8 and not escaped. */
public final class JsonAnswer {
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          new JsonFactoryBuilder()
              .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
              .build());

  private JsonAnswer() {}

  /** 200. */
  public static Response ok(JsonNode document) {
    return ok(bytes(document));
  }

  /** 200, with a document that is ready. */
  public static Response ok(byte[] document) {
    return Response.ok(document).header(HttpHeaders.CONTENT_TYPE, "application/json").build();
  }

  /** 201. */
  public static Response created(JsonNode document) {
    return Response.fromResponse(ok(document)).status(Response.Status.CREATED).build();
  }

  private static byte[] bytes(JsonNode document) {
    try {
      return MAPPER.writeValueAsBytes(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
