package dev.glance.api.policy;

import dev.glance.api.auth.AdminRule;
import dev.glance.api.auth.Caller;
import dev.glance.model.error.GlanceException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The policy rules in force. Asked several times per request, on event loops too: it takes no lock
 * and, but for a look at the policy file's time stamp each second, does no I/O.
 */
@Singleton
public final class Policy implements AdminRule {
  private final CurrentRules rules;
  private final boolean isNewOnly;

  @Inject
  Policy(PolicyConfig config) {
    this(
        new CurrentRules(
            config.policyFile().orElse(null), config.enforceNewDefaults(), System::nanoTime),
        config.enforceNewDefaults());
  }

  Policy(CurrentRules rules, boolean isNewOnly) {
    this.rules = rules;
    this.isNewOnly = isNewOnly;
  }

  /** What is wrong with the policy file, a sentence for the operator; empty when nothing is. */
  public static Optional<String> finding(PolicyConfig config) {
    return config
        .policyFile()
        .flatMap(
            file -> {
              try {
                CurrentRules.load(file, config.enforceNewDefaults());
                return Optional.empty();
              } catch (PolicyException e) {
                return Optional.of(
                    "The policy file "
                        + file
                        + " (glance.policy.policy-file) is refused: "
                        + e.getMessage());
              }
            });
  }

  /** Whether the caller may do this to the target; a rule of calls asks for roles in a project. */
  public boolean allows(Caller caller, Rule rule, Target target) {
    return !(rule.isScoped() && caller.tokenScope() != Caller.TokenScope.PROJECT)
        && rules.get().check(rule).isMet(caller, target);
  }

  /**
   * Ends a call that the caller may not make.
   *
   * @throws GlanceException {@code FORBIDDEN}
   */
  public void require(Caller caller, Rule rule, Target target) {
    if (!allows(caller, rule, target)) {
      throw refused(rule);
    }
  }

  @Override
  public boolean isAdmin(Caller caller) {
    return allows(caller, Rule.CONTEXT_IS_ADMIN, new CallerTarget(caller));
  }

  /** Whether a rule of this name, one of the policy file's own among them, is met. */
  boolean isMet(Caller caller, String rule) {
    RuleSet.Entry entry = rules.get().entry(rule);
    return entry != null && entry.check().isMet(caller, Target.NONE);
  }

  /** False when the ownership checks from before secure RBAC apply as well. */
  boolean isNewOnly() {
    return isNewOnly;
  }

  static GlanceException refused(Rule rule) {
    return GlanceException.forbidden(
        "You are not authorized to complete the action " + rule.wireName() + ".");
  }

  /** Who is admin is asked about the caller alone. */
  record CallerTarget(Caller caller) implements Target {
    @Override
    public @Nullable Object get(String name) {
      return switch (name) {
        case "project_id" -> caller.project();
        case "user_id" -> caller.user();
        case "domain_id" -> caller.domain();
        case "user_domain_id" -> caller.userDomain();
        case "project_domain_id" -> caller.projectDomain();
        default -> null;
      };
    }
  }
}
