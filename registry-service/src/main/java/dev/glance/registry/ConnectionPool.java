package dev.glance.registry;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/**
 * How long to wait for a connection: the start has patience with a machine under load, a request
 * must be answered while its client still waits.
 */
@ApplicationScoped
public class ConnectionPool {
  /** Below glance-api's own time limit for a call. */
  public static final Duration REQUESTS_WAIT = Duration.ofSeconds(2);

  // The migrations are done by then.
  void boundRequests(@Observes StartupEvent started, AgroalDataSource database) {
    database.getConfiguration().connectionPoolConfiguration().setAcquisitionTimeout(REQUESTS_WAIT);
  }
}
