package dev.glance.api.image;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An operator's schema of custom properties (API reference section 2.19). */
@QuarkusTest
@TestProfile(SchemaExtensionTest.WithAFile.class)
class SchemaExtensionTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final RestAssuredConfig PATCHES =
      RestAssured.config()
          .encoderConfig(
              EncoderConfig.encoderConfig()
                  .encodeContentTypeAs(
                      "application/openstack-images-v2.1-json-patch", ContentType.TEXT));

  /** A file that asks for a property, and lets another be a number. */
  public static class WithAFile implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try {
        Path file = Files.createTempFile("schema-image", ".json");
        file.toFile().deleteOnExit();
        Files.writeString(
            file,
            """
            {"properties": {
               "cost_centre": {"type": "string", "pattern": "^C[0-9]+$", "description": "Who pays"},
               "cores": {"type": "integer", "minimum": 1}},
             "required": ["cost_centre"]}
            """);
        return Map.of("glance.api.schema-image-file", file.toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void thePublishedSchemaSaysWhatTheFileSays() {
    given()
        .get("/v2/schemas/image")
        .then()
        .statusCode(200)
        .body("properties.cost_centre.is_base", equalTo(false))
        .body("properties.cost_centre.description", equalTo("Who pays"))
        .body("properties.kernel_id", equalTo(null))
        .body("required[0]", equalTo("cost_centre"));
  }

  @Test
  void aNewImageMustHaveWhatIsRequiredAndAPartialUpdateNeedNotSayItAgain() {
    create("{}").statusCode(400).body(containsString("cost_centre"));

    String id =
        create("{\"cost_centre\": \"C7\", \"cores\": 4}")
            .statusCode(201)
            .body("cost_centre", equalTo("C7"))
            .body("cores", equalTo("4"))
            .extract()
            .path("id");

    patch(id, "add", "/name", "\"x\"").statusCode(200);
    patch(id, "replace", "/cores", "8").statusCode(200).body("cores", equalTo("8"));
    patch(id, "replace", "/cores", "0").statusCode(400);
    patch(id, "replace", "/cores", "\"8\"").statusCode(400);
    patch(id, "replace", "/cost_centre", "\"7\"").statusCode(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no json",
        "[]",
        "{\"x\": 7}",
        "{\"x\": {\"type\": \"odd\"}}",
        "{\"properties\": {}, \"required\": \"x\"}",
      })
  void aFileThatIsNoneIsRefused(String text) throws IOException {
    Path file = Files.createTempFile("schema-image", ".json");
    Files.writeString(file, text);

    assertThatThrownBy(() -> SchemaExtension.of(Optional.of(file)))
        .isInstanceOf(SchemaExtension.InvalidFileException.class);
    Files.delete(file);
  }

  @Test
  void theShippedPropertiesAreChecked() throws Exception {
    SchemaExtension shipped = SchemaExtension.of(Optional.empty());

    assertThat(shipped.faults("kernel_id", JSON.textNode("x"))).isNotEmpty();
    assertThat(shipped.faults("kernel_id", JSON.nullNode())).isEmpty();
    assertThat(shipped.isNullable("kernel_id")).isTrue();
    assertThat(shipped.isNullable("os_distro")).isFalse();
    assertThat(shipped.faults("os_version", JSON.textNode("12"))).isEmpty();
    assertThat(shipped.faults("os_version", JSON.numberNode(12))).isNotEmpty();
    assertThat(
            shipped.faults("cinder_encryption_key_deletion_policy", JSON.textNode("do_not_delete")))
        .isEmpty();
    assertThat(shipped.required()).isEmpty();
  }

  private static ValidatableResponse create(String body) {
    return given()
        .contentType(ContentType.JSON)
        .accept(ContentType.JSON)
        .body(body)
        .post("/v2/images")
        .then();
  }

  private static ValidatableResponse patch(String id, String op, String path, String value) {
    return given()
        .config(PATCHES)
        .contentType("application/openstack-images-v2.1-json-patch")
        .body("[{\"op\": \"" + op + "\", \"path\": \"" + path + "\", \"value\": " + value + "}]")
        .patch("/v2/images/" + id)
        .then();
  }
}
