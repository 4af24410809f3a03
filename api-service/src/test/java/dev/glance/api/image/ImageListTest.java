package dev.glance.api.image;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.model.registry.FakeRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists: paging with links, sorting, filters (API reference section 2.2). */
@QuarkusTest
class ImageListTest {
  /** Marks this test's images, as all tests share a registry. */
  private final String tag = UUID.randomUUID().toString();

  @Inject FakeRegistry registry;

  @Test
  void theLinksLeadThroughEveryImageOnceAndKeepRepeatedParameters() {
    for (int i = 0; i < 5; i++) {
      create("\"name\": \"" + i + "\", \"tags\": [\"" + tag + "\", \"x y\"]");
    }
    String query = "tag=" + tag + "&tag=x%20y&sort=name:asc&limit=2";

    List<String> names = new ArrayList<>();
    String path = "/v2/images?" + query;
    int pages = 0;
    while (path != null) {
      Response page = list(path);
      names.addAll(page.path("images.name"));
      assertThat(page.<String>path("first")).isEqualTo("/v2/images?" + query);
      assertThat(page.<String>path("schema")).isEqualTo("/v2/schemas/images");
      path = page.path("next");
      pages++;
    }

    assertThat(names).containsExactly("0", "1", "2", "3", "4");
    assertThat(pages).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "sort=name:asc, 'old,new'",
    "sort=name:desc, 'new,old'",
    "sort=name, 'new,old'",
    "sort_key=name&sort_dir=asc, 'old,new'",
    "sort_key=name&sort_key=status&sort_dir=asc, 'old,new'",
    "sort_key=name&sort_key=status&sort_dir=asc&sort_dir=asc, 'new,old'",
    "'sort=name:asc,status:asc', 'new,old'",
  })
  void tiesFollowTheOneDirectionThatWasAskedFor(String sort, String order) {
    create("\"name\": \"same\", \"x\": \"old\", \"tags\": [\"" + tag + "\"]");
    create("\"name\": \"same\", \"x\": \"new\", \"tags\": [\"" + tag + "\"]");

    assertThat(list("/v2/images?tag=" + tag + "&" + sort).<List<String>>path("images.x"))
        .containsExactly(order.split(",", -1));
  }

  @Test
  void namesOfParametersAreTakenAsTheyAreWritten() {
    create("\"name\": \"a\", \"tags\": [\"" + tag + "\"], \"Limit\": \"1\"");
    create("\"name\": \"b\", \"tags\": [\"" + tag + "\"], \"Limit\": \"1\"");

    assertThat(list("/v2/images?Limit=1&tag=" + tag).<List<String>>path("images.name"))
        .containsExactlyInAnyOrder("a", "b");
    assertThat(list("/v2/images?NAME=a&tag=" + tag).<List<String>>path("images.name")).isEmpty();
  }

  @Test
  void aPageIsOneCallToTheRegistryAndSoIsAShow() {
    String id = create("\"tags\": [\"" + tag + "\"]");
    long before = registry.calls();

    list("/v2/images?tag=" + tag);
    given().get("/v2/images/" + id).then().statusCode(200);

    // The job runner asks once a second as well.
    assertThat(registry.calls() - before).isBetween(2L, 5L);
  }

  @Test
  void filtersSelect() {
    String plain = create("\"name\": \"a\", \"tags\": [\"" + tag + "\"], \"colour\": \"red\"");
    String other =
        create(
            "\"name\": \"b,c\", \"tags\": [\""
                + tag
                + "\"], \"min_ram\": 7, \"visibility\":"
                + " \"public\", \"protected\": true, \"disk_format\": \"raw\"");
    String hidden = create("\"name\": \"a\", \"tags\": [\"" + tag + "\"], \"os_hidden\": true");

    assertThat(ids("name=a")).containsExactly(plain);
    assertThat(ids("name=a&os_hidden=TRUE")).containsExactly(hidden);
    assertThat(ids("name=in:a,\"b,c\"")).containsExactlyInAnyOrder(plain, other);
    assertThat(ids("name=eq:a")).containsExactly(plain);
    assertThat(ids("colour=red")).containsExactly(plain);
    assertThat(ids("colour=blue")).isEmpty();
    assertThat(ids("min_ram=7")).containsExactly(other);
    assertThat(ids("visibility=public")).containsExactly(other);
    assertThat(ids("visibility=all")).containsExactlyInAnyOrder(plain, other);
    assertThat(ids("deleted=true")).containsExactlyInAnyOrder(plain, other);
    assertThat(ids("protected=true")).containsExactly(other);
    assertThat(ids("disk_format=raw&status=queued")).containsExactly(other);
    assertThat(ids("id=" + plain)).containsExactly(plain);
    assertThat(ids("owner=nobody")).isEmpty();
    assertThat(ids("tag=absent")).isEmpty();
    assertThat(ids("limit=0")).isEmpty();
    assertThat(ids("min_ram_min=7")).containsExactly(other);
    assertThat(ids("min_ram_max=6")).containsExactly(plain);
    assertThat(ids("min_ram_min=0&min_ram_max=7")).containsExactlyInAnyOrder(plain, other);
    assertThat(ids("size_max=9223372036854775807")).isEmpty();
    assertThat(ids("created_at=gte:2020-01-01")).containsExactlyInAnyOrder(plain, other);
    assertThat(ids("created_at=lt:2020-01-01T00:00:00Z")).isEmpty();
    assertThat(ids("updated_at=neq:2020-01-01T00:00:00")).hasSize(2);
    assertThat(ids("member_status=all")).containsExactlyInAnyOrder(plain, other);
    assertThat(ids("sort_key=name&sort_dir=desc")).containsExactly(other, plain);
    assertThat(ids("sort_key=status&sort_key=name&sort_dir=asc")).containsExactly(plain, other);
  }

  @Test
  void aTimeThatIsShownIsFoundByIt() {
    String id = create("\"tags\": [\"" + tag + "\"]");
    String shown = given().get("/v2/images/" + id).path("created_at");

    assertThat(ids("created_at=" + shown)).containsExactly(id);
    assertThat(ids("created_at=eq:" + shown)).containsExactly(id);
    assertThat(ids("created_at=gte:" + shown)).containsExactly(id);
    assertThat(ids("created_at=lte:" + shown)).containsExactly(id);
    assertThat(ids("created_at=gt:" + shown)).isEmpty();
    assertThat(ids("created_at=lt:" + shown)).isEmpty();
    assertThat(ids("created_at=neq:" + shown)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "limit=x",
    "limit=-1",
    "limit=-99999999999999999999",
    "marker=x",
    "marker=11111111-1111-1111-1111-111111111111",
    "sort_key=odd",
    "sort_dir=up",
    "sort=name:up",
    "sort=",
    "sort=name&sort_key=name",
    "sort_key=name&sort_key=id&sort_key=size&sort_dir=asc&sort_dir=asc",
    "visibility=odd",
    "os_hidden=1",
    "protected=True",
    "size=x",
    "min_disk=x",
    "changes-since=2020",
    "created_at=gt:yesterday",
    "created_at=2020-13-01T00:00:00Z",
    "updated_at=almost:2020-01-01T00:00:00Z",
    "updated_at=",
    "size_min=x",
    "odd_max=3",
    "member_status=odd",
    "name=neq:x",
  })
  void whatAListDoesNotUnderstandIs400(String query) {
    given().urlEncodingEnabled(false).get("/v2/images?" + query).then().statusCode(400);
  }

  @Test
  void rawUtf8IsReadAndEscapedInTheLinksAndASemicolonIsAnOrdinaryCharacter() throws IOException {
    String id = create("\"name\": \"gr\\u00f6\\u00dfe;limit=0\", \"tags\": [\"" + tag + "\"]");
    String answer;
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
      client.setSoTimeout(5000);
      String head =
          "GET /v2/images?tag="
              + tag
              + "&name=größe;limit=0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      client.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    assertThat(answer)
        .contains("\"id\":\"" + id + "\"")
        .contains("\"first\":\"/v2/images?tag=" + tag + "&name=gr%C3%B6%C3%9Fe;limit=0\"");
  }

  @Test
  void aLimitOfAnySizeIsLoweredAndAnEmptyDirectionIsDescending() {
    String a = create("\"name\": \"a\", \"tags\": [\"" + tag + "\"]");
    String b = create("\"name\": \"b\", \"tags\": [\"" + tag + "\"]");

    assertThat(ids("limit=99999999999999999999&sort=name:")).containsExactly(b, a);
  }

  @ParameterizedTest
  @ValueSource(strings = {"name=in:%22a", "name=in:a%22b", "name=in:%22a%22b"})
  void quotesThatDoNotBalanceAre400(String query) {
    given().urlEncodingEnabled(false).get("/v2/images?" + query).then().statusCode(400);
  }

  private List<String> ids(String query) {
    Response page = list("/v2/images?tag=" + tag + "&" + query.replace("\"", "%22"));
    return page.path("images.id");
  }

  private static Response list(String path) {
    return given().urlEncodingEnabled(false).get(path).then().statusCode(200).extract().response();
  }

  private static String create(String members) {
    return given()
        .body("{" + members + "}")
        .post("/v2/images")
        .then()
        .statusCode(201)
        .extract()
        .path("id");
  }
}
