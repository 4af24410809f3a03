package dev.glance.api.policy;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** Who may do what with which custom properties. */
@ConfigMapping(prefix = "glance.api")
public interface PropertyProtectionConfig {
  /**
   * An INI file: sections named by regular expressions of property names, each with who may {@code
   * create}, {@code read}, {@code update} and {@code delete} them. A property without a section is
   * nobody's then. Read at start-up only.
   */
  Optional<Path> propertyProtectionFile();

  /** Whether that file names roles or policy rules. */
  @WithDefault("roles")
  Format propertyProtectionRuleFormat();

  /** What the values of a property protection file are. */
  enum Format {
    /** Roles, comma-separated. */
    ROLES,
    /** One policy rule. */
    POLICIES
  }
}
