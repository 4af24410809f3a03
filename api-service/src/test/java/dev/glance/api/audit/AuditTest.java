package dev.glance.api.audit;

import static dev.glance.api.auth.headers.Personas.as;
import static dev.glance.api.auth.headers.Personas.member;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is written of calls, and what is not. */
@QuarkusTest
@TestProfile(Personas.class)
class AuditTest {
  private static final Logger LOG = Logger.getLogger(AuditFilter.CATEGORY);

  private final List<JsonObject> events = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          events.add(new JsonObject(line.getMessage()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final String project = UUID.randomUUID().toString();

  @BeforeEach
  void listen() {
    LOG.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    LOG.removeHandler(handler);
    LOG.setLevel(Level.INFO);
  }

  @Test
  void aCreateIsWrittenWithEverythingAboutIt() {
    String id =
        member(project)
            .header("X-OpenStack-Request-ID", "req-of-nova")
            .body("{\"name\": \"x\"}")
            .post("/v2/images?secret=1")
            .then()
            .statusCode(201)
            .extract()
            .path("id");

    JsonObject event = only();

    assertThat(event.getString("typeURI")).endsWith("/audit/1.0/event");
    assertThat(event.getString("eventType")).isEqualTo("activity");
    assertThat(event.getString("eventTime")).matches("20\\d\\d-.*Z");
    assertThat(event.getString("action")).isEqualTo("create");
    assertThat(event.getString("outcome")).isEqualTo("success");
    assertThat(event.getInteger("status")).isEqualTo(201);
    assertThat(event.getJsonObject("reason").getMap())
        .containsEntry("reasonType", "HTTP")
        .containsEntry("reasonCode", "201");
    JsonObject initiator = event.getJsonObject("initiator");
    assertThat(initiator.getString("id")).isEqualTo("user-of-" + project);
    assertThat(initiator.getString("project_id")).isEqualTo(project);
    assertThat(initiator.getJsonArray("roles").encode()).isEqualTo("[\"member\",\"reader\"]");
    assertThat(initiator.getJsonObject("host").getString("address")).isEqualTo("127.0.0.1");
    assertThat(event.getJsonObject("target").getMap())
        .containsEntry("typeURI", "service/storage/image")
        .containsEntry("id", id);
    assertThat(event.getJsonObject("observer").getString("id")).startsWith("glance-api/");
    assertThat(event.getString("requestId")).startsWith("req-");
    assertThat(event.getString("globalRequestId")).isEqualTo("req-of-nova");
    assertThat(event.getString("requestPath")).isEqualTo("/v2/images");
  }

  @Test
  void everyKindOfWriteIsWrittenWhateverCameOfIt() {
    String id = image();
    member(project).body("[]").patch("/v2/images/" + id);
    member(project)
        .contentType("application/octet-stream")
        .body(new byte[1])
        .put("/v2/images/" + id + "/file");
    member(project).post("/v2/images/" + id + "/actions/deactivate");
    member(project).delete("/v2/images/" + id);
    member(project).body("no json").post("/v2/images");
    member(project).put("/v2/images/" + id);
    member(project).delete("/v2/images/");

    assertThat(written(8))
        .extracting(
            event ->
                event.getString("action")
                    + " "
                    + event.getJsonObject("target").getString("typeURI").substring(21)
                    + " "
                    + event.getInteger("status"))
        .containsExactly(
            "create  201",
            "update  415",
            "update /file 400",
            "disable /actions 403",
            "delete  204",
            "create  400",
            "update  405",
            "delete  404");
    assertThat(events.get(2).getString("outcome")).isEqualTo("failure");
    assertThat(events.get(2).getJsonObject("target").getString("id")).isEqualTo(id);
  }

  @Test
  void whatIsReadIsNotWritten() {
    String id = image();
    member(project).get("/v2/images/" + id).then().statusCode(200);
    member(project).get("/v2/images").then().statusCode(200);
    member(project).get("/v2/images?limit=x").then().statusCode(400);
    member(project).get("/v2/images/" + UUID.randomUUID()).then().statusCode(404);
    given().get("/versions").then().statusCode(200);

    member(project).delete("/v2/images/" + id);

    assertThat(written(2))
        .extracting(event -> event.getString("action"))
        .containsExactly("create", "delete");
  }

  @Test
  void aReadThatIsDeniedIsWritten() {
    given().get("/v2/images").then().statusCode(401);
    String id = image();
    as(project, "nobody").get("/v2/images/" + id + "/members/x").then().statusCode(404);

    List<JsonObject> denied =
        written(3).stream().filter(event -> event.getString("action").equals("read")).toList();

    assertThat(denied).hasSize(2);
    assertThat(denied.getFirst().getInteger("status")).isEqualTo(401);
    assertThat(denied.getFirst().getJsonObject("initiator").getString("id")).isEqualTo("unknown");
    assertThat(
            denied.getFirst().getJsonObject("initiator").getJsonObject("host").getString("address"))
        .isEqualTo("127.0.0.1");
    assertThat(denied.getLast().getInteger("status")).as("hides a 403").isEqualTo(404);
    assertThat(denied.getLast().getString("outcome")).isEqualTo("failure");
    assertThat(denied.getLast().getJsonObject("initiator").getString("project_id"))
        .isEqualTo(project);
  }

  @Test
  void aLineIsOneLineWhateverThePathHolds() {
    member(project).delete("/v2/images/%0a%22%7b");

    assertThat(only().getJsonObject("target").getString("typeURI"))
        .isEqualTo("service/storage/image");
  }

  @Test
  void nothingIsWrittenWhenTheCategoryIsOff() {
    LOG.setLevel(Level.OFF);
    image();
    LOG.setLevel(Level.INFO);
    member(project).delete("/v2/images/" + UUID.randomUUID());

    assertThat(only().getString("action")).isEqualTo("delete");
  }

  private String image() {
    return member(project).body("{}").post("/v2/images").then().extract().path("id");
  }

  private JsonObject only() {
    return written(1).getFirst();
  }

  /** The line comes after the answer. */
  private List<JsonObject> written(int count) {
    Awaitility.await().untilAsserted(() -> assertThat(events).hasSize(count));
    return events;
  }
}
