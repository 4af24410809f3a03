package dev.glance.api.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Reads check strings: the policy language of oslo.policy. Where oslo.policy logs what it does not
 * understand and denies everyone, this refuses it, so that the operator learns of it.
 */
final class CheckParser {
  /** Brackets and negations inside each other; more is no policy, and would exhaust the stack. */
  private static final int MAX_DEPTH = 100;

  /** What Python takes for white space. */
  private static final Pattern SPACE = Pattern.compile("(?U)[\\s\\x1c-\\x1f]+");

  private static final Pattern QUOTED = Pattern.compile("'([^'\\\\]*)'|\"([^\"\\\\]*)\"");
  private static final Pattern CONSTANT = Pattern.compile("True|False|None|0|-?[1-9][0-9]*");
  private static final Pattern NAME = Pattern.compile("[A-Za-z_]\\w*(\\.\\w+)*");
  private static final Check ALWAYS = new Check.Always();
  private static final Check NEVER = new Check.Never();

  private final Function<String, Check> rules;
  private final String source;
  private final List<String> tokens;
  private int next;
  private int depth;

  private CheckParser(Function<String, Check> rules, String source) {
    this.rules = rules;
    this.source = source;
    this.tokens = tokens(source);
  }

  /**
   * Reads a check string.
   *
   * @param rules gives what {@code rule:name} refers to
   * @throws PolicyException when it is none
   */
  static Check parse(String source, Function<String, Check> rules) {
    if (source.isEmpty()) {
      return ALWAYS;
    }
    CheckParser parser = new CheckParser(rules, source);
    Check check = parser.or();
    if (parser.next < parser.tokens.size()) {
      throw parser.refused("there is an operator missing before '" + parser.peek() + "'");
    }
    return check;
  }

  /**
   * Reads the old form: a list of which one member must hold, each a check or a list of checks that
   * must all hold.
   *
   * @throws PolicyException when it is none
   */
  static Check parse(List<?> source, Function<String, Check> rules) {
    if (source.isEmpty()) {
      return ALWAYS;
    }
    List<Check> any = new ArrayList<>();
    for (Object member : source) {
      List<?> texts = member instanceof List<?> list ? list : List.of(member);
      List<Check> all = new ArrayList<>();
      for (Object text : texts) {
        if (!(text instanceof String check)) {
          throw new PolicyException("a list of checks holds strings, or lists of strings");
        }
        all.add(new CheckParser(rules, check).check(check));
      }
      if (!all.isEmpty()) {
        any.add(all.size() == 1 ? all.getFirst() : new Check.And(all));
      }
    }
    return switch (any.size()) {
      case 0 -> NEVER;
      case 1 -> any.getFirst();
      default -> new Check.Or(any);
    };
  }

  /** Brackets count only at the ends of a word: those of {@code %(name)s} are inside. */
  private static List<String> tokens(String source) {
    List<String> tokens = new ArrayList<>();
    for (String word : SPACE.split(source, -1)) {
      int from = 0;
      while (from < word.length() && word.charAt(from) == '(') {
        tokens.add("(");
        from++;
      }
      int to = word.length();
      while (to > from && word.charAt(to - 1) == ')') {
        to--;
      }
      if (to > from) {
        tokens.add(word.substring(from, to));
      }
      for (int i = to; i < word.length(); i++) {
        tokens.add(")");
      }
    }
    return tokens;
  }

  private Check or() {
    List<Check> checks = new ArrayList<>(List.of(and()));
    while (take("or")) {
      checks.add(and());
    }
    return checks.size() == 1 ? checks.getFirst() : new Check.Or(checks);
  }

  private Check and() {
    List<Check> checks = new ArrayList<>(List.of(not()));
    while (take("and")) {
      checks.add(not());
    }
    return checks.size() == 1 ? checks.getFirst() : new Check.And(checks);
  }

  private Check not() {
    depth++;
    if (depth > MAX_DEPTH) {
      throw refused("it is nested more than " + MAX_DEPTH + " deep");
    }
    Check check = take("not") ? new Check.Not(not()) : operand();
    depth--;
    return check;
  }

  private Check operand() {
    if (next == tokens.size()) {
      throw refused("it ends where a check is expected");
    }
    if (take("(")) {
      Check check = or();
      if (!take(")")) {
        throw refused("a '(' is not closed");
      }
      return check;
    }
    String token = tokens.get(next++);
    return switch (token.toLowerCase(Locale.ROOT)) {
      case ")", "and", "or" -> throw refused("a check is expected instead of '" + token + "'");
      default -> check(token);
    };
  }

  private Check check(String token) {
    if (token.equals("@")) {
      return ALWAYS;
    }
    if (token.equals("!")) {
      return NEVER;
    }
    int colon = token.indexOf(':');
    if (colon < 0) {
      throw refused("'" + token + "' is no check; one has the form 'kind:value'");
    }
    String kind = token.substring(0, colon);
    String value = token.substring(colon + 1);
    return switch (kind) {
      case "rule" -> new Check.Reference(value, rules.apply(value));
      case "role" -> new Check.Role(template(value));
      case "http", "https" ->
          throw refused(
              "'" + token + "' would ask another server at every call, which is not supported");
      default -> comparison(kind, template(value));
    };
  }

  private Check comparison(String kind, Template value) {
    if (QUOTED.matcher(kind).matches()) {
      return new Check.Constant(kind, kind.substring(1, kind.length() - 1), value);
    }
    if (CONSTANT.matcher(kind).matches()) {
      return new Check.Constant(kind, kind, value);
    }
    if (!NAME.matcher(kind).matches()) {
      throw refused(
          "'"
              + kind
              + "' is neither the name of a credential nor a quoted text, number, True,"
              + " False or None");
    }
    return Credential.of(kind)
        .<Check>map(credential -> new Check.Equal(credential, value))
        .orElseGet(() -> new Check.Unknown(kind, value));
  }

  private Template template(String value) {
    try {
      return Template.parse(value);
    } catch (PolicyException e) {
      throw new PolicyException("'" + source + "' is not understood: " + e.getMessage(), e);
    }
  }

  private String peek() {
    return tokens.get(next);
  }

  private boolean take(String token) {
    if (next < tokens.size() && peek().toLowerCase(Locale.ROOT).equals(token)) {
      next++;
      return true;
    }
    return false;
  }

  private PolicyException refused(String reason) {
    return new PolicyException("'" + source + "' is not understood: " + reason);
  }
}
