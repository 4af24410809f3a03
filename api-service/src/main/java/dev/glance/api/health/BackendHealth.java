package dev.glance.api.health;

import dev.glance.api.http.HttpConfig;
import dev.glance.api.store.Store;
import dev.glance.api.store.Stores;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Scope;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Asks the registry and the stores in the background whether they are well, and answers readiness
 * from what it last heard, so that a probe never waits for a backend.
 */
@Singleton
public class BackendHealth {
  /** No image has this id, so that asking for it reaches the database and finds nothing. */
  private static final String NO_IMAGE = "00000000-0000-0000-0000-000000000000";

  /** While something is away, its return is noticed this soon: a start waits for it. */
  private static final Duration WHILE_UNWELL = Duration.ofMillis(200);

  private final ImagesApi registry;
  private final Stores stores;
  private final Duration whileWell;
  private final ExecutorService asking =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("health").factory());

  /** Empty when well. */
  private volatile String registryFault = "not asked yet";

  private volatile Map<String, String> storeFaults = Map.of("stores", "not asked yet");

  BackendHealth(ImagesApi registry, Stores stores, HttpConfig config) {
    this.registry = registry;
    this.stores = stores;
    this.whileWell = config.healthInterval();
  }

  void start(@Observes StartupEvent event) {
    asking.execute(this::keepAsking);
  }

  @PreDestroy
  void stop() {
    asking.shutdownNow();
  }

  private void keepAsking() {
    try {
      while (!asking.isShutdown()) {
        ask();
        Thread.sleep(isWell() ? whileWell : WHILE_UNWELL);
      }
    } catch (InterruptedException _) {
      // The service is stopping.
      Thread.currentThread().interrupt();
    }
  }

  private boolean isWell() {
    return registryFault.isEmpty() && storeFaults.isEmpty();
  }

  void ask() {
    registryFault = askRegistry();
    storeFaults = askStores();
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck registry() {
    return () -> answer("registry", registryFault.isEmpty(), Map.of("fault", registryFault));
  }

  @Produces
  @Singleton
  @Readiness
  HealthCheck stores() {
    return () -> answer("stores", storeFaults.isEmpty(), storeFaults);
  }

  private static HealthCheckResponse answer(
      String name, boolean isWell, Map<String, String> faults) {
    HealthCheckResponseBuilder response = HealthCheckResponse.named(name).status(isWell);
    if (!isWell) {
      faults.forEach(response::withData);
    }
    return response.build();
  }

  private String askRegistry() {
    try {
      registry.show(Scope.service(), NO_IMAGE);
      return "";
    } catch (GlanceException e) {
      return e.code() == ErrorCode.IMAGE_NOT_FOUND ? "" : cause(e);
    } catch (RuntimeException e) {
      return cause(e);
    }
  }

  private Map<String, String> askStores() {
    Map<String, String> faults = new TreeMap<>();
    for (Store store : stores.all()) {
      try {
        store.check();
      } catch (RuntimeException e) {
        faults.put(store.info().name(), cause(e));
      }
    }
    return faults;
  }

  private static String cause(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
