package dev.glance.registry;

import dev.glance.registry.database.EmbeddedPostgres;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.nio.file.Path;
import java.util.Map;

/** Gives the tests the database that the registry brings along, as the registry starts it. */
public class EmbeddedDatabase implements QuarkusTestResourceLifecycleManager {
  private EmbeddedPostgres postgres;

  @Override
  public Map<String, String> start() {
    postgres = EmbeddedPostgres.start(Path.of("target", "test-database"));
    return Map.of(
        "quarkus.datasource.jdbc.url",
        postgres.jdbcUrl(),
        "quarkus.datasource.username",
        EmbeddedPostgres.NAME,
        "quarkus.datasource.password",
        postgres.password(),
        "glance.registry.token",
        RegistryTest.TOKEN);
  }

  @Override
  public void stop() {
    if (postgres != null) {
      postgres.close();
    }
  }
}
