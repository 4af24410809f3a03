package dev.glance.api.policy;

import dev.glance.api.auth.Caller;
import dev.glance.model.error.GlanceException;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who may do what with which custom property (API reference section 4.5). */
@Singleton
public final class PropertyProtections {
  private final Policy policy;

  /** In the file's order; null when there is no file, and so no protection. */
  private final @Nullable List<ProtectionFile.Section> sections;

  /** What can be done with a property. */
  public enum Operation {
    CREATE,
    READ,
    UPDATE,
    DELETE;

    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  PropertyProtections(PropertyProtectionConfig config, Policy policy) {
    this.policy = policy;
    this.sections =
        config
            .propertyProtectionFile()
            .map(file -> ProtectionFile.read(file, config.propertyProtectionRuleFormat()))
            .orElse(null);
  }

  /** What is wrong with the file, a sentence for the operator; empty when nothing is. */
  public static Optional<String> finding(PropertyProtectionConfig config, PolicyConfig policy) {
    return config
        .propertyProtectionFile()
        .flatMap(
            file -> {
              try {
                RuleSet rules =
                    CurrentRules.load(
                        policy.policyFile().orElse(null), policy.enforceNewDefaults());
                ProtectionFile.read(file, config.propertyProtectionRuleFormat())
                    .forEach(section -> section.requireRules(rules));
                return Optional.empty();
              } catch (PolicyException e) {
                return Optional.of(
                    "The file "
                        + file
                        + " (glance.api.property-protection-file) is refused: "
                        + e.getMessage());
              }
            });
  }

  /** Whether the caller may do this with custom properties of this name. */
  public boolean allows(Caller caller, Operation operation, String property) {
    if (sections == null) {
      return true;
    }
    for (ProtectionFile.Section section : sections) {
      if (section.names().matcher(property).find()) {
        return allows(caller, Objects.requireNonNull(section.permissions().get(operation)));
      }
    }
    return false;
  }

  /**
   * Ends a call that would do this.
   *
   * @throws GlanceException {@code FORBIDDEN}
   */
  public void require(Caller caller, Operation operation, String property) {
    if (!allows(caller, operation, property)) {
      throw GlanceException.forbidden("Property '" + property + "' is protected.");
    }
  }

  private boolean allows(Caller caller, ProtectionFile.Permission permission) {
    return switch (permission) {
      case ProtectionFile.Everyone _ -> true;
      case ProtectionFile.Roles(var roles) ->
          roles.stream()
              .anyMatch(
                  role -> caller.roles().contains(role) || caller.serviceRoles().contains(role));
      case ProtectionFile.PolicyRule(String rule) -> policy.isMet(caller, rule);
    };
  }
}
