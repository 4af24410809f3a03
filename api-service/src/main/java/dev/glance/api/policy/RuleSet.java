package dev.glance.api.policy;

import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** All rules in force, parsed: the defaults, and what a policy file puts in their place. */
final class RuleSet {
  /** Checks that one rule may lead to, so that rules that refer to rules stay quick. */
  private static final int MAX_SIZE = 10_000;

  /** Rules that refer to each other in a row. */
  private static final int MAX_CHAIN = 50;

  /**
   * One rule in force.
   *
   * @param source as it was written: a check string, or a list of them
   */
  record Entry(String name, Object source, boolean isFromFile, Check check) {}

  private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
  private final Map<Rule, Check> checks = new EnumMap<>(Rule.class);

  private RuleSet() {}

  /**
   * The rules with these overrides.
   *
   * @param overrides check strings, or lists of them, by rule name; names that are not {@link Rule}
   *     are helpers that others refer to
   * @param isNewOnly false adds the old defaults to those that are not overridden
   * @throws PolicyException when one is not understood, or refers to itself or to none
   */
  static RuleSet of(Map<String, ?> overrides, boolean isNewOnly) {
    return new Maker(overrides, isNewOnly).make();
  }

  Check check(Rule rule) {
    return Objects.requireNonNull(checks.get(rule));
  }

  /** The rule of this name, a helper among them. */
  @Nullable Entry entry(String name) {
    return entries.get(name);
  }

  /** The rules of the API in their order, then the file's helpers. */
  Collection<Entry> entries() {
    return entries.sequencedValues();
  }

  private static final class Maker {
    private final SequencedMap<String, Object> sources = new LinkedHashMap<>();
    private final Map<String, ?> overrides;
    private final Map<String, Check> made = new LinkedHashMap<>();
    private final SequencedSet<String> beingMade = new LinkedHashSet<>();

    Maker(Map<String, ?> overrides, boolean isNewOnly) {
      this.overrides = overrides;
      for (Rule rule : Rule.values()) {
        sources.put(rule.wireName(), rule.check(isNewOnly));
      }
      sources.putAll(overrides);
    }

    RuleSet make() {
      RuleSet rules = new RuleSet();
      sources.forEach(
          (name, source) ->
              rules.entries.put(
                  name, new Entry(name, source, overrides.containsKey(name), check(name))));
      for (Rule rule : Rule.values()) {
        rules.checks.put(rule, check(rule.wireName()));
      }
      return rules;
    }

    private Check check(String name) {
      Check known = made.get(name);
      if (known != null) {
        return known;
      }
      if (!beingMade.add(name)) {
        String cycle = String.join("' -> '", beingMade);
        throw new PolicyException(
            "the rules refer to each other in a circle: '" + cycle + "' -> '" + name + "'");
      }
      if (beingMade.size() > MAX_CHAIN) {
        throw new PolicyException(
            "more than "
                + MAX_CHAIN
                + " rules refer to each other in a row, from '"
                + beingMade.getFirst()
                + "' to '"
                + name
                + "'");
      }
      Check check = parse(name, sources.get(name));
      if (check.size() > MAX_SIZE) {
        throw new PolicyException(
            "the rule '" + name + "' leads to more than " + MAX_SIZE + " checks");
      }
      beingMade.remove(name);
      made.put(name, check);
      return check;
    }

    private Check parse(String name, @Nullable Object source) {
      return switch (source) {
        case String text -> CheckParser.parse(text, other -> reference(name, other));
        case List<?> list -> CheckParser.parse(list, other -> reference(name, other));
        case null, default ->
            throw new PolicyException("the rule '" + name + "' is no check string");
      };
    }

    private Check reference(String from, String to) {
      if (!sources.containsKey(to)) {
        throw new PolicyException(
            "the rule '" + from + "' refers to the rule '" + to + "', which is not defined");
      }
      return check(to);
    }
  }
}
