package dev.glance.api.policy;

import dev.glance.api.auth.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A decision with its reasons, for people.
 *
 * @param reasons the checks that decided, in the order in which they were asked
 */
record Decision(boolean isMet, List<String> reasons) {
  Decision {
    reasons = List.copyOf(reasons);
  }

  /** What {@link Check#isMet} answers, and why. */
  static Decision of(Check check, Caller caller, Target target) {
    return switch (check) {
      case Check.Always _ -> new Decision(true, List.of("@ lets everyone pass"));
      case Check.Never _ -> new Decision(false, List.of("! lets nobody pass"));
      case Check.Not(Check inner) -> {
        Decision opposite = of(inner, caller, target);
        yield new Decision(!opposite.isMet, opposite.reasons);
      }
      case Check.And(List<Check> checks) -> untilOneIs(false, checks, caller, target);
      case Check.Or(List<Check> checks) -> untilOneIs(true, checks, caller, target);
      case Check.Reference(String name, Check inner, int _) -> {
        Decision decision = of(inner, caller, target);
        yield new Decision(
            decision.isMet,
            decision.reasons.stream().map(reason -> "rule:" + name + ": " + reason).toList());
      }
      case Check.Role(Template role) ->
          leaf(
              check,
              "role:" + role.source(),
              "the caller's roles are " + new TreeSet<>(caller.roles()),
              role,
              caller,
              target);
      case Check.Equal(Credential credential, Template value) ->
          leaf(
              check,
              credential.wireName() + ":" + value.source(),
              "the caller's is " + credential.of(caller),
              value,
              caller,
              target);
      case Check.Constant(String source, String _, Template value) ->
          leaf(check, source + ":" + value.source(), "", value, caller, target);
      case Check.Unknown(String credential, Template value) ->
          leaf(
              check,
              credential + ":" + value.source(),
              "callers have no " + credential,
              value,
              caller,
              target);
    };
  }

  private static Decision untilOneIs(
      boolean isMet, List<Check> checks, Caller caller, Target target) {
    List<String> reasons = new ArrayList<>();
    for (Check check : checks) {
      Decision decision = of(check, caller, target);
      if (decision.isMet == isMet) {
        return decision;
      }
      reasons.addAll(decision.reasons);
    }
    return new Decision(!isMet, reasons);
  }

  private static Decision leaf(
      Check check, String source, String has, Template value, Caller caller, Target target) {
    boolean isMet = check.isMet(caller, target);
    List<String> facts = new ArrayList<>();
    if (!has.isEmpty()) {
      facts.add(has);
    }
    if (!(value instanceof Template.Text)) {
      @Nullable String text = value.textOrNone(target);
      facts.add(text == null ? "the target has no such value" : "the target's is " + text);
    }
    return new Decision(
        isMet,
        List.of(
            source
                + (isMet ? " holds" : " does not hold")
                + (facts.isEmpty() ? "" : ": " + String.join(", ", facts))));
  }
}
