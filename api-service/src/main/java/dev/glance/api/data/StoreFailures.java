package dev.glance.api.data;

import dev.glance.api.store.Store;
import dev.glance.api.store.StoreException;
import io.micrometer.core.instrument.Metrics;
import java.util.Locale;

/**
 * What stores failed at while images moved: the metric {@code glance_store_failures_total}, by
 * store and kind of {@link StoreException}, such as {@code unavailable} or {@code notfound}.
 */
final class StoreFailures {
  private StoreFailures() {}

  static void count(Store store, StoreException failure) {
    String kind = failure.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    Metrics.counter("glance.store.failures", "store", store.info().name(), "kind", kind)
        .increment();
  }
}
