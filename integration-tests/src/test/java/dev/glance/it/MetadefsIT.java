package dev.glance.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata definitions over HTTP, through both services (API reference section 2.20). */
class MetadefsIT {
  private static final String NAMESPACES = "/v2/metadefs/namespaces";
  private static final String NS = NAMESPACES + "/ns";
  private static final String FULL =
      """
      {"namespace": "ns", "display_name": "N 🐧", "visibility": "public", "owner": "o",
       "resource_type_associations": [{"name": "OS::A", "prefix": "a_"}, {"name": "OS::B"}],
       "properties": {"p2": {"title": "P", "type": "string"},
                      "p1": {"type": "integer", "title": "Q", "default": 5, "minimum": 1.0}},
       "objects": [{"name": "o1", "required": ["q"],
                    "properties": {"q": {"title": "q", "type": "string"}}}, {"name": "o0"}],
       "tags": [{"name": "t1"}, {"name": "t2"}]}
      """;

  @AutoClose @RegisterExtension static final Installation glance = new Installation();

  @BeforeAll
  static void start() {
    glance.start();
    // The first create is slow on a busy machine, and then answered with 503.
    Await.until(
        Duration.ofSeconds(30),
        "a namespace can be made",
        () -> send("POST", NAMESPACES, FULL) == 409);
  }

  @BeforeEach
  @AfterEach
  void removeAll() {
    for (JsonNode namespace : get(NAMESPACES).path("namespaces")) {
      String name = namespace.path("namespace").asText();
      String path =
          NAMESPACES + "/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
      assertThat(send("PUT", path, "{\"namespace\": \"x\"}")).isEqualTo(200);
      assertThat(send("DELETE", NAMESPACES + "/x", "")).isEqualTo(204);
    }
  }

  // Namespaces

  @Test
  void aNamespaceIsAnsweredInUpstreamsShape() {
    HttpResponse<byte[]> created = answer("POST", NAMESPACES, FULL);

    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.headers().firstValue("Location").orElseThrow())
        .endsWith("/v2/metadefs/namespaces/ns");
    assertThat(withoutTimes(Images.text(created)))
        .isEqualTo(
            "{\"namespace\":\"ns\",\"display_name\":\"N 🐧\",\"visibility\":\"public\","
                + "\"protected\":false,\"owner\":\"o\",\"created_at\":\"T\",\"updated_at\":\"T\","
                + "\"resource_type_associations\":[{\"name\":\"OS::A\",\"prefix\":\"a_\"},"
                + "{\"name\":\"OS::B\"}],"
                + "\"properties\":{\"p2\":{\"type\":\"string\",\"title\":\"P\"},"
                + "\"p1\":{\"type\":\"integer\",\"title\":\"Q\",\"default\":\"5\",\"minimum\":1}},"
                + "\"objects\":[{\"name\":\"o1\",\"required\":[\"q\"],"
                + "\"properties\":{\"q\":{\"type\":\"string\",\"title\":\"q\"}}},"
                + "{\"name\":\"o0\"}],"
                + "\"tags\":[{\"name\":\"t1\"},{\"name\":\"t2\"}],"
                + "\"self\":\"/v2/metadefs/namespaces/ns\","
                + "\"schema\":\"/v2/schemas/metadefs/namespace\"}");
    assertThat(withoutTimes(text(NS)))
        .contains(
            "{\"name\":\"OS::B\",\"created_at\":\"T\",\"updated_at\":\"T\"}",
            "{\"name\":\"o0\",\"required\":[],\"properties\":{},\"created_at\":\"T\","
                + "\"updated_at\":\"T\",\"self\":\"/v2/metadefs/namespaces/ns/objects/o0\","
                + "\"schema\":\"/v2/schemas/metadefs/object\"}",
            "\"tags\":[{\"name\":\"t2\"},{\"name\":\"t1\"}]");
  }

  @Test
  void namesGetThePrefixOfTheResourceType() {
    send("POST", NAMESPACES, FULL);

    JsonNode prefixed = get(NS + "?resource_type=OS::A");

    assertThat(prefixed.path("properties").fieldNames())
        .toIterable()
        .containsExactly("a_p2", "a_p1");
    assertThat(prefixed.at("/objects/0/required/0").asText()).isEqualTo("a_q");
    assertThat(prefixed.at("/objects/0/properties").has("a_q")).isTrue();
    for (String other : new String[] {"OS::B", "OS::X", ""}) {
      assertThat(get(NS + "?resource_type=" + other).path("properties").has("p1")).isTrue();
    }
    assertThat(get(NS + "/properties/a_p1?resource_type=OS::A").path("name").asText())
        .isEqualTo("p1");
    assertThat(status(NS + "/properties/p1?resource_type=OS::A")).isEqualTo(404);
    assertThat(status(NS + "/properties/p1?resource_type=OS::B")).isEqualTo(404);
  }

  @Test
  void theListHasPagesAndFilters() {
    send("POST", NAMESPACES, FULL);
    send("POST", NAMESPACES, "{\"namespace\": \"OS::a b\"}");

    JsonNode first = get(NAMESPACES + "?limit=1&x=1&x=2");
    assertThat(first.at("/namespaces/0/namespace").asText()).isEqualTo("OS::a b");
    assertThat(first.path("first").asText()).isEqualTo(NAMESPACES + "?limit=1&x=1&x=2");
    JsonNode second = get(first.path("next").asText());
    assertThat(second.at("/namespaces/0/namespace").asText()).isEqualTo("ns");
    assertThat(second.at("/namespaces/0/resource_type_associations/0/prefix").asText())
        .isEqualTo("a_");
    assertThat(second.at("/namespaces/0").has("objects")).isFalse();
    JsonNode last = get(second.path("next").asText());
    assertThat(last.path("namespaces")).isEmpty();
    assertThat(last.has("next")).isFalse();
    assertThat(names(NAMESPACES + "?sort_key=namespace&sort_dir=desc")).isEqualTo("ns OS::a b ");
    assertThat(names(NAMESPACES + "?visibility=public")).isEqualTo("ns ");
    assertThat(names(NAMESPACES + "?resource_types=OS::B,OS::X")).isEqualTo("ns ");
    assertThat(names(NAMESPACES + "?resource_types=OS::X")).isEmpty();
  }

  @Test
  void anUpdateIsAFullReplacement() {
    send("POST", NAMESPACES, FULL);

    HttpResponse<byte[]> updated =
        answer("PUT", NS, "{\"namespace\": \"ns2\", \"protected\": true, \"tags\": []}");

    assertThat(withoutTimes(Images.text(updated)))
        .isEqualTo(
            "{\"namespace\":\"ns2\",\"visibility\":\"private\",\"protected\":true,"
                + "\"owner\":\"admin\",\"created_at\":\"T\",\"updated_at\":\"T\","
                + "\"self\":\"/v2/metadefs/namespaces/ns2\","
                + "\"schema\":\"/v2/schemas/metadefs/namespace\"}");
    assertThat(status(NS)).isEqualTo(404);
    assertThat(get(NAMESPACES + "/ns2").path("tags")).hasSize(2);
  }

  @Test
  void nothingOfAProtectedNamespaceIsDeleted() {
    send("POST", NAMESPACES, FULL.replace("\"owner\"", "\"protected\": true, \"owner\""));

    for (String path :
        new String[] {
          "",
          "/objects",
          "/properties",
          "/tags",
          "/objects/o1",
          "/properties/p1",
          "/tags/t1",
          "/resource_types/OS::A"
        }) {
      assertThat(send("DELETE", NS + path, "")).as(path).isEqualTo(403);
    }
  }

  @Test
  void aFailureInsideLeavesNoNamespace() {
    String twice = "{\"namespace\": \"ns\", \"objects\": [{\"name\": \"o\"}, {\"name\": \"o\"}]}";

    assertThat(send("POST", NAMESPACES, twice)).isEqualTo(409);

    assertThat(status(NS)).isEqualTo(404);
  }

  @Test
  void anyNameCanBeReached() {
    for (String name : new String[] {"a/b", "100%", "ü 🐧", "x?y#z", "a;b", "a+b", "..."}) {
      String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
      HttpResponse<byte[]> created =
          answer("POST", NAMESPACES, "{\"namespace\": \"" + name + "\"}");
      assertThat(created.statusCode()).as(name).isEqualTo(201);
      JsonNode shown = get(NAMESPACES + "/" + encoded);
      assertThat(shown.path("namespace").asText()).isEqualTo(name);
      assertThat(send("DELETE", NAMESPACES + "/" + encoded, "")).as(name).isEqualTo(204);
    }
  }

  // Bad requests

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "\"x\"",
        "{",
        "{}",
        "{\"namespace\": 5}",
        "{\"namespace\": \"\"}",
        "{\"namespace\": \"..\"}",
        "{\"namespace\": \"x\", \"foo\": 1}",
        "{\"namespace\": \"x\", \"visibility\": \"shared\"}",
        "{\"namespace\": \"x\", \"visibility\": null}",
        "{\"namespace\": \"x\", \"protected\": \"true\"}",
        "{\"namespace\": \"x\", \"owner\": null}",
        "{\"namespace\": \"a\\u0000b\"}",
        "{\"namespace\": \"a\\ud800b\"}",
        "{\"namespace\": \"x\", \"objects\": [{}]}",
        "{\"namespace\": \"x\", \"objects\": [5]}",
        "{\"namespace\": \"x\", \"objects\": [{\"name\": \"a\", \"foo\": 1}]}",
        "{\"namespace\": \"x\", \"objects\": [{\"name\": \"a\", \"required\": [\"b\", \"b\"]}]}",
        "{\"namespace\": \"x\", \"tags\": [{}]}",
        "{\"namespace\": \"x\", \"tags\": [\"a\"]}",
        "{\"namespace\": \"x\", \"tags\": [{\"name\": \"a\", \"b\": 1}]}",
        "{\"namespace\": \"x\", \"resource_type_associations\": [{}]}",
        "{\"namespace\": \"x\", \"properties\": []}",
        "{\"namespace\": \"x\", \"properties\": {\"a\": {}}}",
        "{\"namespace\": \"x\", \"properties\": {\"\": {\"title\": \"t\", \"type\": \"string\"}}}",
        "{\"namespace\": \"x\", \"properties\": {\"a\": {\"title\": \"t\", \"type\": \"any\"}}}",
        "{\"namespace\": \"x\", \"properties\": {\"a\": {\"title\": \"t\", \"type\": \"string\","
            + " \"maxLength\": -1}}}",
      })
  void aBadNamespaceIs400(String body) {
    assertThat(send("POST", NAMESPACES, body)).isEqualTo(400);
    assertThat(get(NAMESPACES).path("namespaces")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"namespace,80", "display_name,80", "description,500", "owner,255"})
  void lengthsAreCountedInCharacters(String member, int limit) {
    String body = "{\"namespace\": \"n\", \"" + member + "\": \"%s\"}";

    assertThat(send("POST", NAMESPACES, body.formatted("🐧".repeat(limit)))).isEqualTo(201);
    assertThat(send("POST", NAMESPACES, body.formatted("x".repeat(limit + 1)))).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"self", "schema", "created_at", "updated_at"})
  void whatTheServiceWritesIsReadOnly(String member) {
    String body = "{\"namespace\": \"x\", \"name\": \"x\", \"" + member + "\": \"y\"}";

    assertThat(send("POST", NAMESPACES, body)).isEqualTo(403);
    assertThat(send("PUT", NS, body)).isEqualTo(403);
    assertThat(send("POST", NS + "/objects", body)).isEqualTo(403);
    boolean isDate = member.endsWith("_at");
    assertThat(send("POST", NS + "/properties", body)).isEqualTo(isDate ? 403 : 400);
    assertThat(send("POST", NS + "/resource_types", body)).isEqualTo(isDate ? 403 : 400);
    assertThat(send("PUT", NS + "/tags/t", body)).isEqualTo(isDate ? 403 : 400);
  }

  @ParameterizedTest
  @CsvSource({
    "'',limit=abc,400",
    "'',limit=,400",
    "'',limit=-1,400",
    "'',limit=99999999999999999999,200",
    "'',marker=nope,404",
    "'',sort_key=foo,400",
    "'',sort_dir=up,400",
    "'',visibility=shared,400",
    "/ns,visibility=x,400",
    "/ns,foo=bar,200",
    "/ns/objects,limit=0,400",
    "/ns/objects,limit=x,400",
    "/ns/objects,marker=nope,404",
    "/ns/objects,sort_key=foo,400",
    "/ns/objects,visibility=x,400",
    "/ns/objects,visibility=shared,200",
    "/ns/tags,limit=-1,400",
    "/ns/tags,limit=0,200",
    "/ns/tags,marker=nope,404",
    "/ns/tags,sort_key=foo,400",
    "/ns/tags,sort_dir=,400",
    "/ns/properties/p1,foo=1,200",
  })
  void queriesAreChecked(String path, String query, int status) {
    send("POST", NAMESPACES, FULL);

    assertThat(status(NAMESPACES + path + "?" + query)).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "'',GET POST",
    "/ns,GET PUT DELETE",
    "/ns/objects,GET POST DELETE",
    "/ns/objects/o,GET PUT DELETE",
    "/ns/properties,GET POST DELETE",
    "/ns/properties/p,GET PUT DELETE",
    "/ns/resource_types,GET POST",
    "/ns/resource_types/r,DELETE",
    "/ns/tags,GET POST DELETE",
    "/ns/tags/t,GET POST PUT DELETE",
  })
  void otherMethodsAre405WithAllow(String path, String methods) {
    HttpResponse<byte[]> refused = answer("PATCH", NAMESPACES + path, "");

    assertThat(refused.statusCode()).isEqualTo(405);
    assertThat(refused.headers().firstValue("Allow").orElseThrow().split(", "))
        .contains(methods.split(" "));
  }

  @Test
  void aBodyWhereNoneBelongsIs400() {
    send("POST", NAMESPACES, FULL);

    assertThat(send("DELETE", NS, "{}")).isEqualTo(400);
    assertThat(send("POST", NS + "/tags/t9", "{}")).isEqualTo(400);
    assertThat(send("DELETE", NS + "/objects/o1", "{}")).isEqualTo(400);
    assertThat(send("POST", NS + "/objects", "")).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|",
        "PUT|{\"namespace\": \"a\"}",
        "DELETE|",
      })
  void aNamespaceThatIsNotThereIs404(String method, String body) {
    assertThat(send(method, NS, body == null ? "" : body)).isEqualTo(404);
    for (String kind : new String[] {"objects", "properties", "tags", "resource_types"}) {
      assertThat(status(NS + "/" + kind)).isEqualTo(404);
    }
    assertThat(send("POST", NS + "/objects", "{\"name\": \"a\"}")).isEqualTo(404);
    assertThat(send("POST", NS + "/tags", "{\"tags\": []}")).isEqualTo(404);
    assertThat(send("POST", NS + "/tags/t", "")).isEqualTo(404);
    assertThat(send("DELETE", NS + "/tags", "")).isEqualTo(404);
    assertThat(send("POST", NS + "/resource_types", "{\"name\": \"a\"}")).isEqualTo(404);
  }

  // What is inside

  @Test
  void objectsAreCreatedShownReplacedAndDeleted() {
    send("POST", NAMESPACES, FULL);
    String objects = NS + "/objects";

    HttpResponse<byte[]> created = answer("POST", objects, "{\"name\": \"o2\"}");
    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(withoutTimes(Images.text(created)))
        .isEqualTo(
            "{\"name\":\"o2\",\"created_at\":\"T\",\"updated_at\":\"T\","
                + "\"self\":\"/v2/metadefs/namespaces/ns/objects/o2\","
                + "\"schema\":\"/v2/schemas/metadefs/object\"}");
    assertThat(send("POST", objects, "{\"name\": \"o2\"}")).isEqualTo(409);
    assertThat(send("PUT", objects + "/o2", "{\"name\": \"o1\"}")).isEqualTo(409);
    assertThat(send("PUT", objects + "/o2", "{\"name\": \"o3\", \"description\": \"d\"}"))
        .isEqualTo(200);
    assertThat(get(objects + "/o3").path("description").asText()).isEqualTo("d");
    assertThat(send("PUT", objects + "/o2", "{\"name\": \"o3\"}")).isEqualTo(404);
    JsonNode page = get(objects + "?marker=o1&limit=1");
    assertThat(page.at("/objects/0/name").asText()).isEqualTo("o0");
    assertThat(page.path("objects")).hasSize(1);
    assertThat(page.path("schema").asText()).isEqualTo("v2/schemas/metadefs/objects");
    assertThat(send("DELETE", objects + "/o3", "")).isEqualTo(204);
    assertThat(send("DELETE", objects + "/o3", "")).isEqualTo(404);
    assertThat(send("DELETE", objects, "")).isEqualTo(204);
    assertThat(get(objects).path("objects")).isEmpty();
  }

  @Test
  void propertiesAreCreatedShownReplacedAndDeleted() {
    send("POST", NAMESPACES, FULL);
    String properties = NS + "/properties";
    String body =
        """
        {"name": "%s", "title": "t", "type": "array", "items": {"type": "string", "enum": ["a"]},
         "uniqueItems": true, "maxLength": 2.0, "minimum": 1.5, "enum": [1, "a", null],
         "default": ["ü"], "readonly": false, "pattern": "["}
        """;

    HttpResponse<byte[]> created = answer("POST", properties, body.formatted("p3"));
    assertThat(Images.text(created))
        .isEqualTo(
            "{\"name\":\"p3\",\"type\":\"array\",\"title\":\"t\",\"default\":[\"ü\"],"
                + "\"readonly\":false,\"minimum\":1.5,\"enum\":[1,\"a\",null],\"pattern\":\"[\","
                + "\"maxLength\":2,\"items\":{\"type\":\"string\",\"enum\":[\"a\"]},"
                + "\"uniqueItems\":true}");
    assertThat(text(properties + "/p3")).isEqualTo(Images.text(created));
    assertThat(get(properties).path("properties").fieldNames())
        .toIterable()
        .containsExactly("p2", "p1", "p3");
    assertThat(send("POST", properties, body.formatted("p3"))).isEqualTo(409);
    assertThat(send("PUT", properties + "/p3", body.formatted("p1"))).isEqualTo(409);
    assertThat(send("PUT", properties + "/p3", body.formatted("p4"))).isEqualTo(200);
    assertThat(status(properties + "/p3")).isEqualTo(404);
    assertThat(send("POST", properties, "{\"name\": \"p9\"}")).isEqualTo(400);
    assertThat(send("DELETE", properties + "/p4", "")).isEqualTo(204);
    assertThat(send("DELETE", properties + "/p4", "")).isEqualTo(404);
    assertThat(send("DELETE", properties, "")).isEqualTo(204);
    assertThat(text(properties)).isEqualTo("{\"properties\":{}}");
  }

  @Test
  void resourceTypesAreAssociatedAndTakenBack() {
    send("POST", NAMESPACES, FULL);
    String associations = NS + "/resource_types";

    HttpResponse<byte[]> created =
        answer("POST", associations, "{\"name\": \"OS::New\", \"properties_target\": \"x\"}");
    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.headers().firstValue("Location")).isEmpty();
    assertThat(withoutTimes(Images.text(created)))
        .isEqualTo(
            "{\"name\":\"OS::New\",\"properties_target\":\"x\",\"created_at\":\"T\","
                + "\"updated_at\":\"T\"}");
    assertThat(send("POST", associations, "{\"name\": \"OS::New\"}")).isEqualTo(409);
    assertThat(get(associations).path("resource_type_associations")).hasSize(3);
    assertThat(send("DELETE", associations + "/OS::New", "")).isEqualTo(204);
    assertThat(send("DELETE", associations + "/OS::New", "")).isEqualTo(404);
    assertThat(text("/v2/metadefs/resource_types"))
        .contains("{\"name\":\"OS::New\",\"created_at\"");
  }

  @Test
  void tagsAreAppendedReplacedRenamedAndDeleted() {
    send("POST", NAMESPACES, FULL);
    String tags = NS + "/tags";

    assertThat(send("POST", tags + "/t3", "")).isEqualTo(201);
    assertThat(send("POST", tags + "/t3", "")).isEqualTo(409);
    assertThat(send("POST", tags + "/" + "x".repeat(81), "")).isEqualTo(400);
    assertThat(text(tags))
        .isEqualTo("{\"tags\":[{\"name\":\"t3\"},{\"name\":\"t2\"},{\"name\":\"t1\"}]}");
    assertThat(send("PUT", tags + "/t3", "{\"name\": \"t1\"}")).isEqualTo(409);
    assertThat(send("PUT", tags + "/t3", "{\"name\": \"t4\"}")).isEqualTo(200);
    assertThat(withoutTimes(text(tags + "/t4")))
        .isEqualTo("{\"name\":\"t4\",\"created_at\":\"T\",\"updated_at\":\"T\"}");
    assertThat(send("POST", tags, "{\"tags\": [{\"name\": \"b\"}, {\"name\": \"a\"}]}"))
        .isEqualTo(201);
    assertThat(text(tags)).isEqualTo("{\"tags\":[{\"name\":\"a\"},{\"name\":\"b\"}]}");
    assertThat(send("POST", tags, "{\"tags\": []}")).isEqualTo(201);
    assertThat(get(tags).path("tags")).hasSize(2);
    HttpResponse<byte[]> appended =
        answer("POST", tags, "{\"tags\": [{\"name\": \"c\"}]}", "X-Openstack-Append", "True");
    assertThat(Images.text(appended)).isEqualTo("{\"tags\":[{\"name\":\"c\"}]}");
    assertThat(text(tags + "?sort_key=name&sort_dir=asc&marker=a&limit=1"))
        .isEqualTo("{\"tags\":[{\"name\":\"b\"}]}");
    assertThat(send("POST", tags, "{}")).isEqualTo(400);
    assertThat(send("POST", tags, "{\"tags\": [{\"name\": \"d\", \"x\": 1}]}")).isEqualTo(400);
    assertThat(send("DELETE", tags + "/a", "")).isEqualTo(204);
    assertThat(send("DELETE", tags + "/a", "")).isEqualTo(404);
    assertThat(send("DELETE", tags, "")).isEqualTo(204);
    assertThat(text(tags)).isEqualTo("{\"tags\":[]}");
  }

  // Schemas

  @ParameterizedTest
  @CsvSource({
    "namespace,namespace",
    "namespaces,namespaces",
    "object,object",
    "objects,objects",
    "resource_type,resource_type_association",
    "resource_types,resource_type_associations",
    "property,property",
    "properties,properties",
    "tag,tag",
    "tags,tags"
  })
  void schemasArePublished(String path, String name) {
    JsonNode schema = get("/v2/schemas/metadefs/" + path);

    assertThat(schema.path("name").asText()).isEqualTo(name);
    assertThat(schema.has("links")).isEqualTo(name.endsWith("s"));
    boolean hasDefinitions = !path.startsWith("tag") && !path.startsWith("resource");
    assertThat(schema.has("definitions")).isEqualTo(hasDefinitions);
  }

  @Test
  void otherSchemasAreNot() {
    assertThat(status("/v2/schemas/metadefs/foo")).isEqualTo(404);
    assertThat(send("POST", "/v2/schemas/metadefs/tag", "")).isEqualTo(405);
  }

  private static String names(String path) {
    StringBuilder names = new StringBuilder();
    get(path)
        .path("namespaces")
        .forEach(namespace -> names.append(namespace.path("namespace").asText()).append(' '));
    return names.toString();
  }

  private static String withoutTimes(String text) {
    return text.replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ", "T");
  }

  private static int status(String path) {
    return send("GET", path, "");
  }

  private static int send(String method, String path, String body) {
    return answer(method, path, body).statusCode();
  }

  private static HttpResponse<byte[]> answer(
      String method, String path, String body, String... headers) {
    return new Http(glance.api().url())
        .send(method, path, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  private static String text(String path) {
    HttpResponse<byte[]> response = answer("GET", path, "");
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return Images.text(response);
  }

  private static JsonNode get(String path) {
    HttpResponse<byte[]> response = answer("GET", path, "");
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return Images.json(response);
  }
}
