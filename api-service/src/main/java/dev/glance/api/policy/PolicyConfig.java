package dev.glance.api.policy;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** Where the policy rules come from. */
@ConfigMapping(prefix = "glance.policy")
public interface PolicyConfig {
  /**
   * A YAML or JSON file of check strings by rule name, each in the place of that rule's default.
   * Read again when it changes; a change that cannot be understood is logged and has no effect.
   */
  Optional<Path> policyFile();

  /**
   * Whether the secure-RBAC defaults alone count; false also lets everyone through whom the
   * defaults before them did, for clouds whose users have neither {@code member} nor {@code
   * reader}.
   */
  @WithDefault("true")
  boolean enforceNewDefaults();
}
