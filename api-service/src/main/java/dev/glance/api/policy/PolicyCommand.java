package dev.glance.api.policy;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import io.smallrye.config.SmallRyeConfig;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code ./glance policy}: the rules in force, and why a caller may or may not. */
public final class PolicyCommand {
  static final String USAGE =
      """
      Usage: glance policy COMMAND
        list          every rule in force: its name, its check string, and whether that is the default or the file's
        check RULE --roles a,b [--project ID] [--user ID] [--service-roles a,b] [--domain ID | --system]
              [--target NAME=VALUE]...
                      whether such a caller passes the rule, and which checks decided. --target says what the call is
                      about: owner (also as project_id), visibility, member_id, or any property.
      Exit code of check: 0 allowed, 1 denied; 2 what was asked makes no sense.""";

  private final RuleSet rules;
  private final PrintStream out;

  PolicyCommand(RuleSet rules, PrintStream out) {
    this.rules = rules;
    this.out = out;
  }

  /**
   * Runs one command on the policy file that the process's configuration names.
   *
   * @return the exit code
   */
  @SuppressWarnings("SystemOut")
  public static int run(SmallRyeConfig config, List<String> arguments) {
    PolicyConfig policy = config.getConfigMapping(PolicyConfig.class);
    try {
      RuleSet rules =
          CurrentRules.load(policy.policyFile().orElse(null), policy.enforceNewDefaults());
      return new PolicyCommand(rules, System.out).run(arguments);
    } catch (PolicyException e) {
      System.err.println("glance policy: " + e.getMessage());
      return 2;
    }
  }

  int run(List<String> arguments) {
    Deque<String> words = new ArrayDeque<>(arguments);
    String command = Objects.requireNonNullElse(words.poll(), "help");
    return switch (command) {
      case "list" -> {
        requireEnd(words);
        list();
        yield 0;
      }
      case "check" -> check(words);
      case "help", "--help", "-h" -> {
        out.println(USAGE);
        yield 0;
      }
      default -> throw new PolicyException("there is no command " + command + ".\n" + USAGE);
    };
  }

  private void list() {
    for (RuleSet.Entry entry : rules.entries()) {
      String from = !entry.isFromFile() ? "default" : isHelper(entry) ? "file, helper" : "file";
      out.printf("%-40s %-12s %s%n", entry.name(), from, shown(entry.source()));
    }
  }

  private static boolean isHelper(RuleSet.Entry entry) {
    return Rule.of(entry.name()).isEmpty();
  }

  private static String shown(Object source) {
    return source.equals("") ? "\"\"" : source.toString();
  }

  private int check(Deque<String> words) {
    String name = words.poll();
    RuleSet.Entry entry = name == null ? null : rules.entry(name);
    if (entry == null) {
      throw new PolicyException("there is no rule " + name + "; `list` names all");
    }
    Map<String, Object> target = new HashMap<>();
    Caller caller = caller(words, target);
    if (target.containsKey("owner")) {
      target.putIfAbsent("project_id", target.get("owner"));
    }
    caller =
        caller.asAdmin(
            rules.check(Rule.CONTEXT_IS_ADMIN).isMet(caller, new Policy.CallerTarget(caller)));
    boolean isOutOfScope =
        Rule.of(entry.name()).filter(Rule::isScoped).isPresent()
            && caller.tokenScope() != TokenScope.PROJECT;
    Decision decision =
        isOutOfScope
            ? new Decision(
                false,
                List.of(
                    "the rule asks for roles in a project, and these are for a "
                        + caller.tokenScope().name().toLowerCase(Locale.ROOT)))
            : Decision.of(entry.check(), caller, target::get);
    out.println(entry.name() + ": " + (decision.isMet() ? "allowed" : "denied"));
    out.println(
        "  by the "
            + (entry.isFromFile() ? "policy file" : "default")
            + ": "
            + shown(entry.source()));
    decision.reasons().forEach(reason -> out.println("  " + reason));
    return decision.isMet() ? 0 : 1;
  }

  private static Caller caller(Deque<String> words, Map<String, Object> target) {
    Set<String> roles = Set.of();
    Set<String> serviceRoles = Set.of();
    @Nullable String project = null;
    @Nullable String user = null;
    @Nullable String domain = null;
    TokenScope scope = TokenScope.PROJECT;
    for (String flag = words.poll(); flag != null; flag = words.poll()) {
      switch (flag) {
        case "--roles" -> roles = names(value(flag, words));
        case "--service-roles" -> serviceRoles = names(value(flag, words));
        case "--project" -> project = value(flag, words);
        case "--user" -> user = value(flag, words);
        case "--domain" -> {
          domain = value(flag, words);
          scope = TokenScope.DOMAIN;
        }
        case "--system" -> scope = TokenScope.SYSTEM;
        case "--target" -> {
          String value = value(flag, words);
          int equals = value.indexOf('=');
          if (equals < 1) {
            throw new PolicyException("--target needs NAME=VALUE instead of " + value);
          }
          target.put(value.substring(0, equals), value.substring(equals + 1));
        }
        default -> throw new PolicyException("check does not know " + flag + ".\n" + USAGE);
      }
    }
    return new Caller(project, user, roles, serviceRoles, scope, domain, null, null, null, false);
  }

  private static String value(String flag, Deque<String> words) {
    String value = words.poll();
    if (value == null) {
      throw new PolicyException(flag + " needs a value");
    }
    return value;
  }

  private static Set<String> names(String list) {
    return Arrays.stream(list.toLowerCase(Locale.ROOT).split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  private static void requireEnd(Deque<String> words) {
    if (!words.isEmpty()) {
      throw new PolicyException("list does not know " + words.peek() + ".\n" + USAGE);
    }
  }
}
