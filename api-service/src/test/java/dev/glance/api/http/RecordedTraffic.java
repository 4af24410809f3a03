package dev.glance.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.api.http.DocumentedApi.Operation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds traffic that {@code integration-tests/lab/recorder.py} wrote down against the API's
 * document. Its name is none that the build looks for: {@code check_traffic} of {@code
 * lab/cloud.bash} runs it.
 */
class RecordedTraffic {
  private static final Path FILE = Path.of(System.getProperty("glance.recorded-traffic", ""));
  private static final boolean IS_COMPLETE = Boolean.getBoolean("glance.recorded-traffic.complete");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final DocumentedApi api = new DocumentedApi();

  @Test
  void isAsTheDocumentSays() throws IOException {
    Map<String, Exchange> problems = new TreeMap<>();
    Map<Operation, Integer> successes = new HashMap<>();
    int count = 0;
    try (Stream<String> lines = Files.lines(FILE)) {
      for (String line : (Iterable<String>) lines::iterator) {
        Exchange exchange = exchange(line);
        count++;
        for (String problem : api.problems(exchange)) {
          problems.putIfAbsent(exchange.method() + " " + problem, exchange);
        }
        if (exchange.status() < 400) {
          api.operation(exchange)
              .ifPresent(operation -> successes.merge(operation, 1, Integer::sum));
        }
      }
    }
    List<Operation> unused = new ArrayList<>(api.operations());
    unused.removeAll(successes.keySet());
    System.out.printf(
        "%d exchanges with %d of %d operations, %d problems%n",
        count, successes.size(), api.operations().size(), problems.size());
    problems.forEach((problem, exchange) -> System.out.printf("  %s: %s%n", exchange, problem));
    unused.forEach(operation -> System.out.printf("  not used: %s%n", operation));
    assertThat(count).isPositive();
    assertThat(problems).isEmpty();
    if (IS_COMPLETE) {
      assertThat(unused).as("operations that no exchange used with success").isEmpty();
    }
  }

  private static Exchange exchange(String line) throws IOException {
    JsonNode json = JSON.readTree(line);
    return new Exchange(
        json.path("method").asText(),
        json.path("target").asText(),
        map(json.path("requestHeaders")),
        text(json.path("requestBody")),
        json.path("status").asInt(),
        map(json.path("headers")),
        text(json.path("body")));
  }

  private static String text(JsonNode base64) throws IOException {
    return new String(base64.binaryValue(), StandardCharsets.UTF_8);
  }

  private static Map<String, String> map(JsonNode headers) {
    Map<String, String> map = new HashMap<>();
    headers.properties().forEach(header -> map.put(header.getKey(), header.getValue().asText()));
    return map;
  }
}
