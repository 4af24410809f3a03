package dev.glance.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests to send one after another, read from a file of {@code differential/scenarios}, whose
 * form {@code differential/README.md} describes.
 *
 * @param source the text of the file
 */
record Scenario(String name, String source, List<Request> requests) {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final JsonMapper JSON = new JsonMapper();

  /** A variable, or as many letters x as the number says. */
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:x(\\d+)|([a-z]\\w*))");

  /**
   * One request. Target, headers and body may hold variables.
   *
   * @param place the file and the number of the entry in it
   * @param body a character for each byte
   * @param keep variables to take from the answer: name to JSON pointer
   * @param differs the rows of the table of differences that it is an example of
   */
  record Request(
      String place,
      String persona,
      String method,
      String target,
      Map<String, String> headers,
      String body,
      Map<String, String> keep,
      Set<String> differs) {
    @Override
    public String toString() {
      String content =
          new String(body.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      return place + ": " + persona + " " + method + " " + target + " " + content;
    }
  }

  /**
   * A request and what a service answered.
   *
   * @param variables all that were known after it
   */
  record Exchange(Request request, RawHttp.Answer answer, Map<String, String> variables) {}

  /** The scenario in a file. */
  static Scenario read(Path file) {
    String name = file.getFileName().toString().replace(".yaml", "");
    try {
      String source = Files.readString(file);
      List<Request> requests = new ArrayList<>();
      int number = 0;
      for (JsonNode entry : YAML.readTree(source)) {
        number++;
        String line = entry.isTextual() ? entry.asText() : entry.fieldNames().next();
        String[] words = line.split(" ", 3);
        for (String persona : words[0].split("\\|", -1)) {
          for (String method : words[1].split("\\|", -1)) {
            requests.add(request(name + " " + number, persona, method, words[2], entry.path(line)));
          }
        }
      }
      return new Scenario(name, source, requests);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(file.toString(), e);
    }
  }

  private static Request request(
      String place, String persona, String method, String target, JsonNode details)
      throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    Map<String, String> keep = new LinkedHashMap<>();
    Set<String> differs = Set.of();
    byte[] body = new byte[0];
    for (Map.Entry<String, JsonNode> detail : details.properties()) {
      JsonNode value = detail.getValue();
      switch (detail.getKey()) {
        case "json" -> body = JSON.writeValueAsBytes(value);
        case "patch", "patch20" -> {
          String version = detail.getKey().equals("patch") ? "2.1" : "2.0";
          headers.put("Content-Type", "application/openstack-images-v" + version + "-json-patch");
          body = JSON.writeValueAsBytes(value);
        }
        case "data" -> {
          headers.put("Content-Type", "application/octet-stream");
          body = value.asText().getBytes(StandardCharsets.UTF_8);
        }
        case "text" -> body = value.asText().getBytes(StandardCharsets.UTF_8);
        case "base64" -> body = Base64.getDecoder().decode(value.asText());
        case "headers" ->
            value
                .properties()
                .forEach(header -> headers.put(header.getKey(), header.getValue().asText()));
        case "keep" ->
            value.properties().forEach(kept -> keep.put(kept.getKey(), kept.getValue().asText()));
        case "differs" -> differs = Set.of(value.asText().split(" "));
        default -> throw new IllegalArgumentException(place + " has " + detail.getKey());
      }
    }
    if (body.length > 0) {
      headers.putIfAbsent("Content-Type", "application/json");
    }
    return new Request(
        place,
        persona,
        method,
        target,
        headers,
        new String(body, StandardCharsets.ISO_8859_1),
        keep,
        differs);
  }

  /**
   * Sends all requests to a service.
   *
   * @param personas the headers of each persona
   * @param known variables that are known from the beginning
   */
  List<Exchange> replay(
      URI service, Map<String, Map<String, String>> personas, Map<String, String> known) {
    Map<String, String> variables = new HashMap<>(known);
    List<Exchange> exchanges = new ArrayList<>();
    for (Request request : requests) {
      Map<String, String> headers = new LinkedHashMap<>(persona(personas, request));
      request.headers().forEach((name, value) -> headers.put(name, filled(value, variables)));
      RawHttp.Answer answer =
          RawHttp.send(
              service,
              request.method(),
              filled(request.target(), variables),
              headers,
              filled(request.body(), variables).getBytes(StandardCharsets.ISO_8859_1));
      request.keep().forEach((name, pointer) -> variables.put(name, value(answer, pointer)));
      exchanges.add(new Exchange(request, answer, Map.copyOf(variables)));
    }
    return exchanges;
  }

  private static Map<String, String> persona(
      Map<String, Map<String, String>> personas, Request request) {
    Map<String, String> headers = personas.get(request.persona());
    if (headers == null) {
      throw new IllegalArgumentException(request + " is by an unknown persona");
    }
    return headers;
  }

  private static String value(RawHttp.Answer answer, String pointer) {
    try {
      return JSON.readTree(answer.bytes()).at(pointer).asText();
    } catch (IOException _) {
      // The comparison will show that there was no such answer.
      return "absent";
    }
  }

  private static String filled(String text, Map<String, String> variables) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            found -> {
              String value =
                  found.group(1) != null
                      ? "x".repeat(Integer.parseInt(found.group(1)))
                      : variables.get(found.group(2));
              return Matcher.quoteReplacement(value == null ? found.group() : value);
            });
  }
}
