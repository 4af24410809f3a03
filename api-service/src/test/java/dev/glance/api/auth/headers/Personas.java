package dev.glance.api.auth.headers;

import static io.restassured.RestAssured.given;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.util.Map;

/** Lets a test call as anybody: the identity headers of any loopback peer are believed. */
public final class Personas implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    return Map.of(
        "glance.auth.mode", "headers",
        "glance.auth.headers.trusted-peers", "127.0.0.0/8,::1");
  }

  /**
   * A JSON request.
   *
   * @param roles comma-separated
   */
  public static RequestSpecification as(String project, String roles) {
    return given()
        .header("X-Identity-Status", "Confirmed")
        .header("X-User-Id", "user-of-" + project)
        .header("X-Project-Id", project)
        .header("X-Roles", roles)
        .contentType(ContentType.JSON);
  }

  /** With the roles that a Keystone member's token lists. */
  public static RequestSpecification member(String project) {
    return as(project, "member,reader");
  }

  /** With the roles that a Keystone admin's token lists. */
  public static RequestSpecification admin() {
    return as("ops", "admin,member,reader");
  }

  /** An admin of the whole deployment, of no project. */
  public static RequestSpecification systemAdmin() {
    return given()
        .header("X-Identity-Status", "Confirmed")
        .header("X-User-Id", "root")
        .header("X-Roles", "admin,manager,member,reader")
        .header("OpenStack-System-Scope", "all")
        .contentType(ContentType.JSON);
  }
}
