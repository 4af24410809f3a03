package dev.glance.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.glance.it.Scenario.Exchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What differs between the answers of two services to one request. What each service makes up by
 * itself (ids, times, its own address and folders) is replaced by a name for it first. Of an
 * error's text only its kind is compared: the words are each service's own.
 */
final class Comparison {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> HEADERS =
      List.of(
          "Content-Type",
          "Location",
          "Accept-Patch",
          "Content-MD5",
          "Content-Range",
          "OpenStack-image-store-ids",
          "OpenStack-image-import-methods",
          "Warning",
          "WWW-Authenticate",
          "Access-Control-Allow-Origin",
          "Access-Control-Allow-Methods",
          "Access-Control-Allow-Headers");
  private static final int LONGEST = 150;
  private static final Set<String> SETS = Set.of("tags", "members", "enum");
  private static final Set<String> LINKS = Set.of("first", "next");
  private static final Pattern ID =
      Pattern.compile("\\b\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}\\b");
  private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d");

  private final String source;
  private final Map<String, String> upstreamNames;
  private final Map<String, String> ourNames;

  /**
   * A comparison of the answers to one scenario.
   *
   * @param source its text; ids and times that stand there are nobody's own
   * @param upstreamNames texts that are upstream's own, and what to call them
   * @param ourNames the same for ours
   */
  Comparison(String source, Map<String, String> upstreamNames, Map<String, String> ourNames) {
    this.source = source;
    this.upstreamNames = upstreamNames;
    this.ourNames = ourNames;
  }

  /**
   * The differences, a line each: what, upstream's, and ours after an arrow. When the status
   * differs that is the only line.
   */
  List<String> differences(Exchange upstream, Exchange ours) {
    List<String> lines = new ArrayList<>();
    add(lines, "status", "" + upstream.answer().status(), "" + ours.answer().status());
    if (!lines.isEmpty()) {
      return lines;
    }
    for (String header : HEADERS) {
      add(
          lines,
          header,
          named(upstream.answer().header(header).orElse("none"), upstream, upstreamNames),
          named(ours.answer().header(header).orElse("none"), ours, ourNames));
    }
    add(lines, "Allow", allow(upstream), allow(ours));
    add(lines, "X-OpenStack-Request-ID", requestId(upstream), requestId(ours));
    compare(lines, "body", body(upstream, upstreamNames), body(ours, ourNames));
    return lines;
  }

  private static void add(List<String> lines, String what, String upstream, String ours) {
    if (!upstream.equals(ours)) {
      lines.add(what + ": " + abbreviated(upstream) + " -> " + abbreviated(ours));
    }
  }

  private static String abbreviated(String value) {
    return value.length() > LONGEST ? value.substring(0, LONGEST) + "…" : value;
  }

  private static String allow(Exchange exchange) {
    return exchange
        .answer()
        .header("Allow")
        .map(methods -> String.join(", ", new TreeSet<>(Arrays.asList(methods.split(", *")))))
        .orElse("none");
  }

  private static String requestId(Exchange exchange) {
    return exchange.answer().header("X-OpenStack-Request-ID").isPresent() ? "present" : "none";
  }

  private JsonNode body(Exchange exchange, Map<String, String> names) {
    RawHttp.Answer answer = exchange.answer();
    if (answer.status() >= 400) {
      return error(answer);
    }
    try {
      if (answer.header("Content-Type").orElse("").startsWith("application/json")) {
        return named(JSON.readTree(answer.bytes()), exchange, names);
      }
    } catch (IOException _) {
      // It is not the JSON that it claims to be, which shows when it is compared as text.
    }
    return new TextNode(named(answer.text(), exchange, names));
  }

  /** The kind of an error: of JSON its members, of anything else the first status line in it. */
  private static JsonNode error(RawHttp.Answer answer) {
    try {
      if (JSON.readTree(answer.bytes()) instanceof ObjectNode object) {
        if (object.path("message").isTextual()) {
          object.put("message", "some text");
        }
        return object;
      }
    } catch (IOException _) {
      // Not JSON.
    }
    Matcher kind = Pattern.compile("[45]\\d\\d [A-Z][A-Za-z ]+").matcher(answer.text());
    return new TextNode(kind.find() ? kind.group() : answer.text());
  }

  private JsonNode named(JsonNode node, Exchange exchange, Map<String, String> names) {
    return switch (node) {
      case TextNode text -> new TextNode(named(text.asText(), exchange, names));
      case ObjectNode object -> {
        ObjectNode copy = JSON.createObjectNode();
        object
            .properties()
            .forEach(
                member ->
                    copy.set(
                        named(member.getKey(), exchange, names),
                        LINKS.contains(member.getKey()) && member.getValue().isTextual()
                            ? new TextNode(
                                named(decoded(member.getValue().asText()), exchange, names))
                            : named(member.getValue(), exchange, names)));
        yield copy;
      }
      case ArrayNode array -> {
        ArrayNode copy = JSON.createArrayNode();
        array.forEach(item -> copy.add(named(item, exchange, names)));
        yield copy;
      }
      default -> node;
    };
  }

  /** Which characters of a link are percent-encoded is each service's own. */
  private static String decoded(String link) {
    return URLDecoder.decode(link, StandardCharsets.UTF_8);
  }

  private String named(String text, Exchange exchange, Map<String, String> names) {
    String result = text;
    for (Map.Entry<String, String> name : names.entrySet()) {
      result = result.replace(name.getKey(), "<" + name.getValue() + ">");
    }
    // Longer values first: one may be a part of another.
    List<Map.Entry<String, String>> variables =
        exchange.variables().entrySet().stream()
            .filter(variable -> !variable.getValue().isEmpty())
            .sorted(Comparator.comparingInt(variable -> -variable.getValue().length()))
            .toList();
    for (Map.Entry<String, String> variable : variables) {
      result = result.replace(variable.getValue(), "<" + variable.getKey() + ">");
    }
    return ownAs("<time>", TIME, ownAs("<id>", ID, result));
  }

  private String ownAs(String name, Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(source.contains(found.group()) ? found.group() : name));
  }

  private static void compare(List<String> lines, String at, JsonNode upstream, JsonNode ours) {
    if (upstream instanceof ObjectNode left && ours instanceof ObjectNode right) {
      Set<String> members = new TreeSet<>();
      left.fieldNames().forEachRemaining(members::add);
      right.fieldNames().forEachRemaining(members::add);
      for (String member : members) {
        compare(lines, at + "/" + member, left.path(member), right.path(member));
      }
    } else if (upstream instanceof ArrayNode left && ours instanceof ArrayNode right) {
      if (left.size() != right.size()) {
        add(lines, at, shown(left), shown(right));
        return;
      }
      List<JsonNode> leftItems = items(at, left);
      List<JsonNode> rightItems = items(at, right);
      for (int i = 0; i < left.size(); i++) {
        compare(lines, at + "/" + i, leftItems.get(i), rightItems.get(i));
      }
    } else if (!upstream.equals(ours)) {
      add(lines, at, shown(upstream), shown(ours));
    }
  }

  /** Sets come in any order: an image's tags and members, the values that a schema allows. */
  private static List<JsonNode> items(String at, ArrayNode array) {
    List<JsonNode> items = new ArrayList<>();
    array.forEach(items::add);
    if (SETS.contains(at.substring(at.lastIndexOf('/') + 1))) {
      items.sort(Comparator.comparing(JsonNode::toString));
    }
    return items;
  }

  private static String shown(JsonNode node) {
    if (node.isMissingNode()) {
      return "none";
    }
    return node instanceof ArrayNode array && array.size() > 3
        ? array.size()
            + " items: "
            + array.findValues("name").stream()
                .map(JsonNode::toString)
                .collect(Collectors.joining(" "))
        : node.toString();
  }
}
