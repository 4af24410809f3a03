package dev.glance.api.quota;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Quotas for tests of what keeps to them. */
public final class TestQuotas {
  private TestQuotas() {}

  /** With these settings, named without their {@code glance.api.}; the others at their defaults. */
  public static Quotas with(Map<String, String> settings) {
    return new Quotas(config(settings), (Function<String, ProjectLimits>) null);
  }

  static QuotaConfig config(Map<String, String> settings) {
    Map<String, String> properties =
        settings.entrySet().stream()
            .collect(Collectors.toMap(e -> "glance.api." + e.getKey(), Map.Entry::getValue));
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withSources(new PropertiesConfigSource(properties, "test", 100))
        .withMapping(QuotaConfig.class)
        .build()
        .getConfigMapping(QuotaConfig.class);
  }
}
