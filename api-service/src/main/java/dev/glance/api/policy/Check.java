package dev.glance.api.policy;

import dev.glance.api.auth.Caller;
import java.util.List;

/**
 * A parsed check string. Evaluated for every request, so a tree that is walked and never searched:
 * references are resolved when it is made.
 */
sealed interface Check {
  /** Whether the caller passes for this target. */
  boolean isMet(Caller caller, Target target);

  /** How many checks one evaluation may look at. */
  default int size() {
    return 1;
  }

  /** {@code @} and the empty string: everyone. */
  record Always() implements Check {
    @Override
    public boolean isMet(Caller caller, Target target) {
      return true;
    }
  }

  /** {@code !}: no one. */
  record Never() implements Check {
    @Override
    public boolean isMet(Caller caller, Target target) {
      return false;
    }
  }

  /** The opposite. */
  record Not(Check check) implements Check {
    @Override
    public boolean isMet(Caller caller, Target target) {
      return !check.isMet(caller, target);
    }

    @Override
    public int size() {
      return 1 + check.size();
    }
  }

  /** All of them. */
  record And(List<Check> checks) implements Check {
    public And {
      checks = List.copyOf(checks);
    }

    @Override
    public boolean isMet(Caller caller, Target target) {
      for (int i = 0; i < checks.size(); i++) {
        if (!checks.get(i).isMet(caller, target)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public int size() {
      return 1 + checks.stream().mapToInt(Check::size).sum();
    }
  }

  /** One of them. */
  record Or(List<Check> checks) implements Check {
    public Or {
      checks = List.copyOf(checks);
    }

    @Override
    public boolean isMet(Caller caller, Target target) {
      for (int i = 0; i < checks.size(); i++) {
        if (checks.get(i).isMet(caller, target)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public int size() {
      return 1 + checks.stream().mapToInt(Check::size).sum();
    }
  }

  /** {@code rule:name}: what another rule asks for. */
  record Reference(String name, Check check, int size) implements Check {
    Reference(String name, Check check) {
      this(name, check, 1 + check.size());
    }

    @Override
    public boolean isMet(Caller caller, Target target) {
      return check.isMet(caller, target);
    }
  }

  /** {@code role:name}: the caller has the role, in whatever case. */
  record Role(Template role) implements Check {
    @Override
    public boolean isMet(Caller caller, Target target) {
      String name = role.lowerCaseText(target);
      return name != null && caller.roles().contains(name);
    }
  }

  /** {@code project_id:%(owner)s}: something known of the caller is equal to the value. */
  record Equal(Credential credential, Template value) implements Check {
    @Override
    public boolean isMet(Caller caller, Target target) {
      String text = value.text(target);
      return text != null && credential.matches(caller, text);
    }
  }

  /** {@code 'public':%(visibility)s}: a constant is equal to the value. */
  record Constant(String source, String constant, Template value) implements Check {
    @Override
    public boolean isMet(Caller caller, Target target) {
      return constant.equals(value.textOrNone(target));
    }
  }

  /** A credential that no caller has. */
  record Unknown(String credential, Template value) implements Check {
    @Override
    public boolean isMet(Caller caller, Target target) {
      return false;
    }
  }
}
