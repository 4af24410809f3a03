package dev.glance.api.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The document that {@link ApiDocument} serves, and what in an exchange does not keep to it. */
final class DocumentedApi {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

  /** What may be answered before anything knows which operation is meant. */
  private static final Set<Integer> BEFORE_ROUTING = Set.of(400, 401, 404, 431, 500, 503);

  private final JsonNode document;
  private final List<Operation> operations = new ArrayList<>();
  private final IdentityHashMap<JsonNode, JsonSchema> schemas = new IdentityHashMap<>();

  DocumentedApi() {
    try {
      document = JSON.readTree(ApiDocument.json());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> member : path.getValue().properties()) {
        if (METHODS.contains(member.getKey())) {
          List<JsonNode> parameters =
              Stream.of(path.getValue(), member.getValue())
                  .flatMap(owner -> Stream.of(owner.path("parameters")))
                  .flatMap(JsonNode::valueStream)
                  .map(this::resolved)
                  .toList();
          operations.add(
              new Operation(
                  member.getKey().toUpperCase(Locale.ROOT),
                  path.getKey(),
                  parameters,
                  member.getValue()));
        }
      }
    }
    // A literal segment goes before one that may be anything.
    operations.sort(Comparator.comparingInt(operation -> operation.path().split("\\{", -1).length));
  }

  /** One method of one path. */
  record Operation(String method, String path, List<JsonNode> parameters, JsonNode document) {
    boolean matches(String actual) {
      return actual.matches(
          path(
              Pattern::quote,
              choices -> choices.isEmpty() ? "[^/]+" : "(" + String.join("|", choices) + ")"));
    }

    /** A path that matches. */
    String example() {
      return path(literal -> literal, choices -> choices.isEmpty() ? "x" : choices.getFirst());
    }

    private String path(UnaryOperator<String> literal, Function<List<String>, String> variable) {
      return Stream.of(path.split("(?=\\{)|(?<=})", -1))
          .map(part -> part.startsWith("{") ? variable.apply(choices(part)) : literal.apply(part))
          .collect(Collectors.joining());
    }

    /** The values that a variable of the path may have; empty for any. */
    private List<String> choices(String variable) {
      return parameters.stream()
          .filter(each -> variable.equals("{" + each.path("name").textValue() + "}"))
          .findFirst()
          .orElseThrow()
          .at("/schema/enum")
          .valueStream()
          .map(JsonNode::textValue)
          .toList();
    }

    /** Discovery looks at no method. */
    boolean takes(String actual) {
      return method.equals(actual)
          || (method.equals("GET") && actual.equals("HEAD"))
          || document.path("tags").path(0).asText().equals("discovery");
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  List<Operation> operations() {
    return operations;
  }

  /** The operation that an exchange is about; empty when the document has none. */
  Optional<Operation> operation(Exchange exchange) {
    return operations.stream()
        .filter(each -> each.matches(exchange.path()) && each.takes(exchange.method()))
        .findFirst();
  }

  /** What of an exchange is not as the document says, a sentence each. */
  synchronized List<String> problems(Exchange exchange) {
    List<String> problems = new ArrayList<>();
    if (exchange.status() == 300) {
      // The version in the path or the header is none that is accepted.
      checkAnswer(exchange, document.at("/paths/~1/get/responses/300"), problems::add);
      return problems;
    }
    Optional<Operation> operation = operation(exchange);
    if (operation.isEmpty()) {
      undocumented(exchange, problems::add);
      return problems;
    }
    JsonNode responses = operation.get().document().path("responses");
    JsonNode response = resolved(responses.path(String.valueOf(exchange.status())));
    if (response.isMissingNode()) {
      problems.add("the status is not documented for " + operation.get());
      return problems;
    }
    checkAnswer(exchange, response, problems::add);
    if (exchange.isSuccess()) {
      checkQuery(exchange, operation.get(), problems::add);
      checkRequest(exchange, operation.get().document().path("requestBody"), problems::add);
    }
    return problems;
  }

  /** Where there is no operation, nothing but an error may be answered. */
  private void undocumented(Exchange exchange, Consumer<String> problems) {
    if (exchange.method().equals("OPTIONS")) {
      // What a browser asks first is answered for every path, where that is configured.
      return;
    }
    boolean isKnown = operations.stream().anyMatch(each -> each.matches(exchange.path()));
    if (BEFORE_ROUTING.contains(exchange.status()) || (exchange.status() == 405 && isKnown)) {
      checkAnswer(exchange, document.at("/components/responses/BadRequest"), problems);
      if (exchange.status() == 405 && !exchange.headers().containsKey("Allow")) {
        problems.accept("405 without the header Allow");
      }
    } else {
      problems.accept("the document has no such operation");
    }
  }

  private void checkAnswer(Exchange exchange, JsonNode response, Consumer<String> problems) {
    for (Map.Entry<String, JsonNode> header : response.path("headers").properties()) {
      JsonNode description = resolved(header.getValue());
      String value = exchange.headers().get(header.getKey());
      if (value != null) {
        check(header.getKey(), description.path("schema"), text(value, description), problems);
      } else if (description.path("required").asBoolean()) {
        problems.accept("the header " + header.getKey() + " is missing");
      }
    }
    JsonNode content = response.path("content");
    if (content.isMissingNode()) {
      if (!exchange.body().isEmpty()) {
        problems.accept("a body where none is documented");
      }
      return;
    }
    JsonNode media = content.path(exchange.type());
    if (media.isMissingNode()) {
      problems.accept("the content type '" + exchange.type() + "' is not documented");
    } else if (exchange.type().equals("application/json") && !exchange.method().equals("HEAD")) {
      checkJson("answer", media.path("schema"), exchange.body(), problems);
    }
  }

  private void checkQuery(Exchange exchange, Operation operation, Consumer<String> problems) {
    for (Map.Entry<String, String> sent : exchange.query()) {
      Optional<JsonNode> known =
          operation.parameters().stream()
              .filter(each -> each.path("in").asText().equals("query"))
              .filter(
                  each ->
                      each.path("name").asText().equals(sent.getKey())
                          || each.at("/schema/type").asText().equals("object"))
              .findFirst();
      if (known.isEmpty()) {
        problems.accept("the query parameter " + sent.getKey() + " is not documented");
      } else if (!known.get().at("/schema/type").asText().equals("object")) {
        JsonNode items = known.get().at("/schema/items");
        JsonNode schema = items.isMissingNode() ? known.get().path("schema") : items;
        check(sent.getKey(), schema, text(sent.getValue(), known.get()), problems);
      }
    }
  }

  private void checkRequest(Exchange exchange, JsonNode body, Consumer<String> problems) {
    if (body.isMissingNode()) {
      // A body has no meaning with GET (RFC 9110, 9.3.1), so a document cannot describe the lists
      // that ignore one.
      if (!exchange.requestBody().isEmpty() && !exchange.method().equals("GET")) {
        problems.accept("a request body where none is documented");
      }
      return;
    }
    JsonNode content = body.path("content");
    JsonNode media = content.path(exchange.requestType());
    if (media.isMissingNode() && content.size() == 1) {
      // Nobody looks at the type where there is but one; the upload does, and refuses others.
      media = content.iterator().next();
    }
    if (media.isMissingNode()) {
      problems.accept("the request's type '" + exchange.requestType() + "' is not documented");
    } else if (media.has("schema")) {
      checkJson("request", media.path("schema"), exchange.requestBody(), problems);
    }
  }

  /** A value in a URL or header as what its schema says it is. */
  private static JsonNode text(String value, JsonNode parameter) {
    boolean isInteger = parameter.at("/schema/type").asText().equals("integer");
    return isInteger && value.strip().matches("[+-]?\\d+")
        ? BigIntegerNode.valueOf(new BigInteger(value.strip()))
        : TextNode.valueOf(value);
  }

  private void checkJson(String what, JsonNode schema, String body, Consumer<String> problems) {
    try {
      check(what, schema, JSON.readTree(body), problems);
    } catch (JsonProcessingException e) {
      problems.accept("the " + what + " is no JSON: " + e.getMessage());
    }
  }

  private void check(String what, JsonNode schema, JsonNode value, Consumer<String> problems) {
    for (ValidationMessage message : schema(schema).validate(value)) {
      problems.accept(what + ": " + message.getMessage());
    }
  }

  /** A schema with all that it may refer to. */
  private JsonSchema schema(JsonNode schema) {
    return schemas.computeIfAbsent(
        schema,
        _ -> {
          ObjectNode whole = schema.deepCopy();
          return SCHEMAS.getSchema(
              whole.<ObjectNode>set("components", document.path("components")));
        });
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").textValue().substring(1)) : node;
  }
}
