package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.net.httpserver.HttpServer;
import dev.glance.it.Scenario.Exchange;
import dev.glance.it.Scenario.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same requests to this service and to upstream Glance, whose answers must be the same but for
 * the differences in {@code differential/differences.yaml}. Requests, personas, routes and
 * differences are files of {@code differential}; see the README there.
 */
class DifferentialIT {
  private static final Path FILES = Path.of("src/test/resources/differential");
  private static final int PROPERTY_QUOTA = 6;
  private static final int TAG_QUOTA = 4;
  private static final int MEMBER_QUOTA = 3;
  private static final int LOCATION_QUOTA = 3;
  private static final byte[] WEB_FILE = new byte[1000];

  private static final Map<String, List<String>> complaints = new LinkedHashMap<>();
  private static final List<Request> requests = new ArrayList<>();
  private static final KnownDifferences known = new KnownDifferences(document("differences.yaml"));

  /** Starts both, sends everything to both at the same time, and compares. */
  @BeforeAll
  static void sendAll() throws Exception {
    UpstreamGlance.require();
    List<Scenario> scenarios;
    try (Stream<Path> files = Files.list(FILES.resolve("scenarios"))) {
      scenarios = files.sorted().map(Scenario::read).toList();
    }
    HttpServer web = webServer();
    try (UpstreamGlance upstream = new UpstreamGlance(web.getAddress().getPort());
        Installation glance = new Installation()) {
      configure(glance, web.getAddress().getPort());
      CompletableFuture<List<List<Exchange>>> theirs =
          CompletableFuture.supplyAsync(
              () -> {
                upstream.start();
                return replay(scenarios, upstream.url(), web);
              });
      glance.start();
      List<List<Exchange>> ours = replay(scenarios, glance.api().url(), web);
      compare(scenarios, upstream, theirs.join(), glance, ours);
    } finally {
      web.stop(0);
    }
  }

  static Stream<String> scenarios() {
    return complaints.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void theAnswersAgree(String scenario) {
    assertThat(String.join("\n", complaints.getOrDefault(scenario, List.of()))).isEmpty();
  }

  @Test
  void eachKnownDifferenceStillOccurs() {
    assertThat(known.unneeded()).isEmpty();
  }

  @Test
  void eachRouteIsAskedThreeTimes() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    Map<String, Pattern> routes = new LinkedHashMap<>();
    for (JsonNode route : document("routes.yaml")) {
      counts.put(route.asText(), 0);
      routes.put(route.asText(), Pattern.compile(route.asText().replaceAll("\\{\\w+}", "[^/]*")));
    }
    for (Request request : requests) {
      String line = request.method() + " " + request.target().replaceAll("\\?.*", "");
      routes.entrySet().stream()
          .filter(route -> route.getValue().matcher(line).matches())
          .findFirst()
          .ifPresent(route -> counts.merge(route.getKey(), 1, Integer::sum));
    }
    counts.forEach((route, count) -> System.out.printf("%4d  %s%n", count, route));
    System.out.printf("%4d  requests%n", requests.size());

    assertThat(counts).allSatisfy((route, count) -> assertThat(count).isGreaterThanOrEqualTo(3));
    assertThat(requests).hasSizeGreaterThanOrEqualTo(500);
  }

  private static void configure(Installation glance, int webPort) {
    ServiceProcess api = glance.api();
    api.set("glance.auth.mode", "headers")
        .set("glance.auth.headers.trusted-peers", "127.0.0.1")
        .set("glance.api.show-image-direct-url", "true")
        .set("glance.api.show-multiple-locations", "true")
        .set("glance.api.image-property-quota", Integer.toString(PROPERTY_QUOTA))
        .set("glance.api.image-tag-quota", Integer.toString(TAG_QUOTA))
        .set("glance.api.image-member-quota", Integer.toString(MEMBER_QUOTA))
        .set("glance.api.image-location-quota", Integer.toString(LOCATION_QUOTA))
        .set("glance.api.default-store", "fast")
        .set("glance.stores.fast.description", "The default")
        .set("glance.stores.web.type", "http")
        .set("glance.stores.web.http.allowed-ports", Integer.toString(webPort))
        .set("glance.stores.web.http.allowed-networks", "127.0.0.0/8");
    for (String store : new String[] {"fast", "slow"}) {
      api.set("glance.stores." + store + ".type", "file")
          .set(
              "glance.stores." + store + ".file.directory",
              glance.data().resolve(store).toString());
    }
  }

  /** What locations of the http stores lead to. */
  private static HttpServer webServer() throws IOException {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          boolean isThere = exchange.getRequestURI().getPath().startsWith("/image");
          boolean isHead = exchange.getRequestMethod().equals("HEAD");
          if (isHead && isThere) {
            exchange.getResponseHeaders().set("Content-Length", "" + WEB_FILE.length);
          }
          exchange.sendResponseHeaders(
              isThere ? 200 : 404, isHead || !isThere ? -1 : WEB_FILE.length);
          if (isThere && !isHead) {
            exchange.getResponseBody().write(WEB_FILE);
          }
          exchange.close();
        });
    web.start();
    return web;
  }

  private static List<List<Exchange>> replay(
      List<Scenario> scenarios, URI service, HttpServer web) {
    Map<String, String> variables = Map.of("web", "http://127.0.0.1:" + web.getAddress().getPort());
    try {
      Map<String, Map<String, String>> personas =
          new YAMLMapper()
              .convertValue(
                  document("personas.yaml"),
                  new TypeReference<Map<String, Map<String, String>>>() {});
      Map<String, String> admin = Objects.requireNonNull(personas.get("admin"));
      List<List<Exchange>> all = new ArrayList<>();
      for (Scenario scenario : scenarios) {
        all.add(scenario.replay(service, personas, variables));
        removeAll(service, admin);
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Leaves nothing of one scenario for the next. */
  private static void removeAll(URI service, Map<String, String> admin) throws IOException {
    for (String hidden : new String[] {"false", "true"}) {
      String list = "/v2/images?limit=1000&visibility=all&os_hidden=" + hidden;
      for (JsonNode image : get(service, list, admin).path("images")) {
        String path = "/v2/images/" + image.path("id").asText();
        Map<String, String> patch = new HashMap<>(admin);
        patch.put("Content-Type", "application/openstack-images-v2.1-json-patch");
        String unprotect = "[{\"op\": \"replace\", \"path\": \"/protected\", \"value\": false}]";
        RawHttp.send(service, "PATCH", path, patch, unprotect.getBytes(StandardCharsets.UTF_8));
        RawHttp.send(service, "DELETE", path, admin, new byte[0]);
      }
    }
    for (JsonNode namespace :
        get(service, "/v2/metadefs/namespaces?limit=1000", admin).path("namespaces")) {
      String name = namespace.path("namespace").asText();
      String path =
          "/v2/metadefs/namespaces/"
              + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
      // A full replace, so that it is no longer protected.
      byte[] renamed = "{\"namespace\": \"going\"}".getBytes(StandardCharsets.UTF_8);
      RawHttp.send(service, "PUT", path, admin, renamed);
      RawHttp.send(service, "DELETE", "/v2/metadefs/namespaces/going", admin, new byte[0]);
    }
  }

  private static JsonNode get(URI service, String path, Map<String, String> headers)
      throws IOException {
    RawHttp.Answer answer = RawHttp.send(service, "GET", path, headers, new byte[0]);
    assertThat(answer.status()).as(path + ": " + answer.text()).isEqualTo(200);
    return new JsonMapper().readTree(answer.bytes());
  }

  private static void compare(
      List<Scenario> scenarios,
      UpstreamGlance upstream,
      List<List<Exchange>> theirs,
      Installation glance,
      List<List<Exchange>> ours) {
    Map<String, String> upstreamNames = new HashMap<>();
    Map<String, String> ourNames = new HashMap<>();
    upstreamNames.put(upstream.url().toString(), "service");
    ourNames.put(glance.api().url().toString(), "service");
    for (String store : new String[] {"fast", "slow"}) {
      upstreamNames.put(upstream.store(store).toString(), store);
      ourNames.put(glance.data().resolve(store).toString(), store);
    }
    for (int i = 0; i < scenarios.size(); i++) {
      Scenario scenario = scenarios.get(i);
      Comparison comparison = new Comparison(scenario.source(), upstreamNames, ourNames);
      List<String> found = new ArrayList<>();
      for (int j = 0; j < scenario.requests().size(); j++) {
        Request request = scenario.requests().get(j);
        List<String> lines = comparison.differences(theirs.get(i).get(j), ours.get(i).get(j));
        int status = theirs.get(i).get(j).answer().status();
        known
            .complaints(request, status, lines)
            .forEach(line -> found.add(request + "\n      " + line));
      }
      complaints.put(scenario.name(), found);
      requests.addAll(scenario.requests());
    }
  }

  private static JsonNode document(String name) {
    try {
      return new YAMLMapper().readTree(FILES.resolve(name).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
