package dev.glance.api.info;

import static dev.glance.api.auth.headers.Personas.admin;

import dev.glance.api.auth.headers.Personas;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.Test;

/** Without configured stores there is nothing to discover. */
@QuarkusTest
@TestProfile(Personas.class)
class SingleStoreTest {
  @Test
  void thereAreNoStoresToChoose() {
    admin().get("/v2/info/stores").then().statusCode(404);
    admin().get("/v2/info/stores/detail").then().statusCode(404);
    admin().get("/v2/info/import").then().statusCode(200);
  }
}
