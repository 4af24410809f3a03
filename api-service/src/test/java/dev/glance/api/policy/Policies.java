package dev.glance.api.policy;

import dev.glance.api.policy.PropertyProtectionConfig.Format;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Policies for tests, made without the container. */
public final class Policies {
  private Policies() {}

  /** The defaults alone. */
  public static Policy defaults() {
    return new Policy(config(null, true));
  }

  /** The defaults asked about images. */
  public static ImagePolicy images() {
    return new ImagePolicy(defaults());
  }

  /** Everyone may do everything with every property. */
  public static PropertyProtections noProtections() {
    return protections(null, Format.ROLES);
  }

  static PropertyProtections protections(@Nullable Path file, Format format) {
    return new PropertyProtections(protectionConfig(file, format), defaults());
  }

  static PropertyProtectionConfig protectionConfig(@Nullable Path file, Format format) {
    return new PropertyProtectionConfig() {
      @Override
      public Optional<Path> propertyProtectionFile() {
        return Optional.ofNullable(file);
      }

      @Override
      public Format propertyProtectionRuleFormat() {
        return format;
      }
    };
  }

  static PolicyConfig config(@Nullable Path file, boolean enforceNewDefaults) {
    return new PolicyConfig() {
      @Override
      public Optional<Path> policyFile() {
        return Optional.ofNullable(file);
      }

      @Override
      public boolean enforceNewDefaults() {
        return enforceNewDefaults;
      }
    };
  }
}
