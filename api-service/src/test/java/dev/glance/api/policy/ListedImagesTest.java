package dev.glance.api.policy;

import static dev.glance.api.auth.headers.Personas.admin;
import static dev.glance.api.auth.headers.Personas.member;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A list leaves out each image that the policy would not show (API reference section 2.2). */
@QuarkusTest
@TestProfile(ListedImagesTest.OwnOnly.class)
class ListedImagesTest {
  private final String project = UUID.randomUUID().toString();
  private final String tag = UUID.randomUUID().toString();

  /** A policy under which a public image is for its owner's eyes only. */
  public static final class OwnOnly implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>(new Personas().getConfigOverrides());
      settings.put("glance.policy.policy-file", "src/test/resources/list-policy.yaml");
      return settings;
    }
  }

  @Test
  void imagesThatThePolicyHidesAreMissingFromTheirPagesAndThePagesGoOn() {
    String body = "{\"name\": \"%s\", \"tags\": [\"" + tag + "\"], \"visibility\": \"%s\"}";
    member(project).body(body.formatted("own 1", "shared")).post("/v2/images");
    admin().body(body.formatted("published 1", "public")).post("/v2/images");
    admin().body(body.formatted("published 2", "public")).post("/v2/images");
    member(project).body(body.formatted("own 2", "private")).post("/v2/images");

    assertThat(names(page(admin(), "")))
        .containsExactly("own 2", "published 2", "published 1", "own 1");
    assertThat(names(page(member(project), ""))).containsExactly("own 2", "own 1");

    Response first = page(member(project), "&limit=2");
    assertThat(names(first)).containsExactly("own 2");
    Response second = member(project).get(first.<String>path("next"));
    assertThat(names(second)).containsExactly("own 1");
    assertThat(
            member(project).get("/v2/images/" + id(page(admin(), ""), "published 1")).statusCode())
        .isEqualTo(404);
  }

  private Response page(RequestSpecification caller, String more) {
    Response page = caller.get("/v2/images?tag=" + tag + more);
    assertThat(page.statusCode()).isEqualTo(200);
    return page;
  }

  private static List<String> names(Response page) {
    return page.path("images.name");
  }

  private static String id(Response page, String name) {
    return page.path("images.find { it.name == '" + name + "' }.id");
  }
}
