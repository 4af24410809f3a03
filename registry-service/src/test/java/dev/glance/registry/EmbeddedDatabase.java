package dev.glance.registry;

import dev.glance.registry.database.EmbeddedPostgres;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives the tests the database that the registry brings along, as the registry starts it. */
public class EmbeddedDatabase implements QuarkusTestResourceLifecycleManager {
  private @Nullable EmbeddedPostgres postgres;

  @Override
  public Map<String, String> start() {
    EmbeddedPostgres started = EmbeddedPostgres.start(Path.of("target", "test-database"));
    postgres = started;
    return Map.of(
        "quarkus.datasource.jdbc.url",
        started.jdbcUrl(),
        "quarkus.datasource.username",
        EmbeddedPostgres.NAME,
        "quarkus.datasource.password",
        started.password(),
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
