package dev.glance.registry;

import dev.glance.model.error.ErrorBody;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.JobsApi;
import dev.glance.model.registry.MembersApi;
import dev.glance.model.registry.QuotasApi;
import dev.glance.model.registry.RegistryContract;
import dev.glance.model.registry.UploadsApi;
import dev.glance.registry.upload.LeaseSweeper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.ws.rs.client.ClientRequestFilter;
import jakarta.ws.rs.core.HttpHeaders;
import java.net.URI;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.eclipse.microprofile.rest.client.RestClientBuilder;
import org.eclipse.microprofile.rest.client.ext.ResponseExceptionMapper;

/** The real registry, over HTTP, passes what the one in memory passes. */
@QuarkusTest
@QuarkusTestResource(EmbeddedDatabase.class)
class RegistryTest extends RegistryContract {
  static final String TOKEN = "test-token";

  @SuppressWarnings("NullAway.Init") // The test framework fills it in.
  @TestHTTPResource("/")
  URI root;

  @Inject DataSource database;
  @Inject LeaseSweeper sweeper;

  private final Map<Class<?>, Object> clients = new ConcurrentHashMap<>();

  @Override
  protected ImagesApi images() {
    return client(ImagesApi.class);
  }

  @Override
  protected UploadsApi uploads() {
    return client(UploadsApi.class);
  }

  @Override
  protected JobsApi jobs() {
    return client(JobsApi.class);
  }

  @Override
  protected QuotasApi quotas() {
    return client(QuotasApi.class);
  }

  @Override
  protected void passTime(Duration duration) {
    // The database's clock stands above tests: what it is compared with moves instead.
    String interval = duration.toSeconds() + " seconds";
    execute(
        "UPDATE uploads SET lease_expires_at = lease_expires_at - cast(? AS interval)", interval);
    execute(
        "UPDATE jobs SET due_at = due_at - cast(? AS interval),"
            + " claim_expires_at = claim_expires_at - cast(? AS interval)",
        interval,
        interval);
  }

  @Override
  protected void sweep() {
    sweeper.sweep();
  }

  @Override
  protected MembersApi members() {
    return client(MembersApi.class);
  }

  private <T> T client(Class<T> api) {
    return api.cast(
        clients.computeIfAbsent(
            api,
            _ ->
                RestClientBuilder.newBuilder()
                    .baseUri(root)
                    .register(
                        (ClientRequestFilter)
                            call ->
                                call.getHeaders()
                                    .putSingle(HttpHeaders.AUTHORIZATION, "Bearer " + TOKEN))
                    .register(
                        (ResponseExceptionMapper<GlanceException>)
                            response -> {
                              ErrorBody body = response.readEntity(ErrorBody.class);
                              return new GlanceException(body.code(), body.message());
                            })
                    .build(api)));
  }

  private void execute(String sql, Object... values) {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }
}
