package dev.glance.api.policy;

import dev.glance.api.auth.AdminRule;
import dev.glance.api.auth.Caller;
import dev.glance.model.error.GlanceException;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * The policy rules in force. Asked several times per request, on event loops too: it takes no lock
 * and waits for nothing.
 */
@Singleton
public final class Policy implements AdminRule {
  private final RuleSet rules = RuleSet.of(Map.of(), true);

  /** Whether the caller may do this to the target; a rule of calls asks for roles in a project. */
  public boolean allows(Caller caller, Rule rule, Target target) {
    return !(rule.isScoped() && caller.tokenScope() != Caller.TokenScope.PROJECT)
        && rules.check(rule).isMet(caller, target);
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
    return allows(caller, Rule.CONTEXT_IS_ADMIN, Target.NONE);
  }

  static GlanceException refused(Rule rule) {
    return GlanceException.forbidden(
        "You are not authorized to complete the action " + rule.wireName() + ".");
  }
}
