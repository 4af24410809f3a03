package dev.glance.api.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.http.HttpConfig;
import dev.glance.api.store.FailingStore;
import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import dev.glance.api.store.StoreInfo;
import dev.glance.api.store.Stores;
import dev.glance.api.store.memory.MemoryStore;
import dev.glance.model.registry.FakeRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

/** What readiness says of several stores of which some are away. */
class StoreHealthTest {
  private final Store well = new MemoryStore("well", null, 0);

  @Test
  void aStoreThatIsAwayIsNamedAndTheOthersServe() {
    Store away =
        new FailingStore(new MemoryStore("away", null, 0)) {
          @Override
          public void check() {
            throw new StoreException.Denied("the password is wrong", null);
          }
        };

    HealthCheckResponse answer = asked(List.of(well, away));

    assertThat(answer.getStatus()).isEqualTo(Status.UP);
    assertThat(answer.getData()).contains(Map.of("away", "the password is wrong"));
    assertThat(asked(List.of(away)).getStatus()).isEqualTo(Status.DOWN);
  }

  @Test
  void theLogSaysOnceThatAStoreIsAwayFromTheStartAndOnceThatItIsBack() {
    AtomicBoolean isThere = new AtomicBoolean();
    Store away =
        new FailingStore(new MemoryStore("away", null, 0)) {
          @Override
          public void check() {
            if (!isThere.get()) {
              throw new StoreException.Denied("the password is wrong", null);
            }
          }
        };
    List<String> lines = new CopyOnWriteArrayList<>();
    Handler handler = handler(lines);
    Logger logger = Logger.getLogger(BackendHealth.class.getName());
    logger.addHandler(handler);
    BackendHealth health = health(List.of(well, away));
    try {
      health.ask();
      health.ask();
      isThere.set(true);
      health.ask();
      health.ask();
    } finally {
      health.stop();
      logger.removeHandler(handler);
    }

    assertThat(lines)
        .containsExactly("Store away is away: the password is wrong", "Store away is back");
  }

  private static Handler handler(List<String> lines) {
    return new Handler() {
      @Override
      public void publish(LogRecord line) {
        lines.add(String.format(line.getMessage(), line.getParameters()));
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  @Test
  void whatAStoreSaysStandsBeforeWhatItCameFrom() {
    Store away =
        new FailingStore(new MemoryStore("away", null, 0)) {
          @Override
          public void check() {
            throw new StoreException.Unavailable(
                "there is no bucket images", new IllegalStateException("status 404, request 17"));
          }
        };

    assertThat(asked(List.of(well, away)).getData())
        .contains(Map.of("away", "there is no bucket images: status 404, request 17"));
  }

  @Test
  void aStoreForReadingAloneMakesNobodyReady() {
    Store away =
        new FailingStore(new MemoryStore("away", null, 0)) {
          @Override
          public void check() {
            throw new StoreException.Unavailable("the disk is gone", null);
          }
        };
    Store readOnly =
        new FailingStore(new MemoryStore("web", null, 0)) {
          @Override
          public StoreInfo info() {
            return new StoreInfo("web", "http", null, 0, Set.of(), Map.of());
          }
        };

    assertThat(asked(List.of(away, readOnly)).getStatus()).isEqualTo(Status.DOWN);
    assertThat(asked(List.of(readOnly)).getStatus()).isEqualTo(Status.UP);
  }

  @Test
  void aStoreThatHangsKeepsNobodyWaiting() {
    CountDownLatch answers = new CountDownLatch(1);
    Store hung =
        new FailingStore(new MemoryStore("hung", null, 0)) {
          @Override
          public void check() {
            try {
              answers.await();
            } catch (InterruptedException e) {
              throw new StoreException.Cancelled("interrupted", e);
            }
          }
        };
    BackendHealth health = health(List.of(well, hung));

    health.ask();
    assertThat(health.stores().call().getData())
        .contains(Map.of("hung", "no answer within 100 ms"));
    assertThat(health.stores().call().getStatus()).isEqualTo(Status.UP);

    answers.countDown();
    health.ask();
    assertThat(health.stores().call().getData()).isEmpty();
    health.stop();
  }

  private static HealthCheckResponse asked(List<Store> stores) {
    BackendHealth health = health(stores);
    health.ask();
    health.stop();
    return health.stores().call();
  }

  private static BackendHealth health(List<Store> stores) {
    HttpConfig config =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(HttpConfig.class)
            .withDefaultValue("glance.api.health-interval", "50ms")
            .build()
            .getConfigMapping(HttpConfig.class);
    return new BackendHealth(
        new FakeRegistry(), Stores.of(stores, stores.getFirst().info().name()), config);
  }
}
