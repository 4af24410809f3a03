package dev.glance.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.callback.QuarkusTestBeforeEachCallback;
import io.quarkus.test.junit.callback.QuarkusTestMethodContext;
import io.restassured.RestAssured;
import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.http.Headers;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Holds every answer that a test gets through REST Assured against the API's document, and the
 * request too where it succeeded.
 */
public final class AnswersAreDocumented implements QuarkusTestBeforeEachCallback, Filter {
  private static final DocumentedApi API = new DocumentedApi();

  /** Query parameters that tests make up to see that such are passed over. */
  private static final Pattern MADE_UP = Pattern.compile("(?<=[?&])(x|secret)=[^&]*&?");

  /** Made by the service loader. */
  public AnswersAreDocumented() {}

  @Override
  public void beforeEach(QuarkusTestMethodContext context) {
    RestAssured.replaceFiltersWith(this);
  }

  @Override
  public Response filter(
      FilterableRequestSpecification request,
      FilterableResponseSpecification expectations,
      FilterContext context) {
    Response response = context.next(request, expectations);
    URI uri = URI.create(request.getURI());
    boolean isData = "application/octet-stream".equals(response.contentType());
    Exchange exchange =
        new Exchange(
            request.getMethod(),
            MADE_UP
                .matcher(
                    uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()))
                .replaceAll(""),
            map(request.getHeaders()),
            text(request.getBody()),
            response.statusCode(),
            map(response.headers()),
            // A test may want to read a long or a broken download by itself.
            isData ? "" : new String(response.asByteArray(), StandardCharsets.UTF_8));
    assertThat(API.problems(exchange))
        .as(
            "what the document says otherwise of %s\n%s",
            exchange, isData ? "" : response.asString())
        .isEmpty();
    return response;
  }

  private static Map<String, String> map(Headers headers) {
    Map<String, String> map = new HashMap<>();
    headers.forEach(header -> map.put(header.getName(), header.getValue()));
    return map;
  }

  private static String text(@Nullable Object body) {
    return switch (body) {
      case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
      case String text -> text;
      case null, default -> "";
    };
  }
}
