package dev.glance.api.policy;

import dev.glance.api.policy.PropertyProtectionConfig.Format;
import dev.glance.api.policy.PropertyProtections.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads property protection files: INI as Python's configparser reads it. */
final class ProtectionFile {
  /** The service's own properties, which the rest of the file shall not lock it out of. */
  private static final String OWN = "os_glance";

  private ProtectionFile() {}

  /** Who may do one thing. */
  sealed interface Permission {}

  /** {@code @}. */
  record Everyone() implements Permission {}

  /** Callers with one of these roles, lower case; with none of them, nobody. */
  record Roles(Set<String> roles) implements Permission {
    public Roles {
      roles = Set.copyOf(roles);
    }
  }

  /** Callers that meet a rule of the policy. */
  record PolicyRule(String rule) implements Permission {}

  /**
   * One section.
   *
   * @param names found somewhere in the names of the properties that it is about
   */
  record Section(Pattern names, Map<Operation, Permission> permissions) {
    public Section {
      permissions = Map.copyOf(permissions);
    }

    /**
     * Checks what can be checked only with the policy at hand.
     *
     * @throws PolicyException when a permission names no rule
     */
    void requireRules(RuleSet rules) {
      permissions.forEach(
          (operation, permission) -> {
            if (permission instanceof PolicyRule(String rule) && rules.entry(rule) == null) {
              throw new PolicyException(
                  "'"
                      + operation.wireName()
                      + "' of ["
                      + names
                      + "] names the policy rule '"
                      + rule
                      + "', which is not defined");
            }
          });
    }
  }

  /**
   * The sections in the order in which they are tried.
   *
   * @throws PolicyException when the file cannot be read or is wrong
   */
  static List<Section> read(Path file, Format format) {
    try {
      return parse(Files.readString(file), format);
    } catch (IOException e) {
      throw new PolicyException("the file cannot be read: " + e, e);
    }
  }

  static List<Section> parse(String text, Format format) {
    List<Section> sections = new ArrayList<>();
    EnumMap<Operation, Permission> open = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      open.put(operation, new Everyone());
    }
    sections.add(new Section(Pattern.compile(OWN + ".*"), open));
    ini(text)
        .forEach(
            (name, values) -> {
              if (!name.startsWith(OWN)) {
                sections.add(section(name, values, format));
              }
            });
    return sections;
  }

  private static Section section(String name, Map<String, String> values, Format format) {
    Pattern names;
    try {
      names = Pattern.compile(name);
    } catch (PatternSyntaxException e) {
      throw new PolicyException("[" + name + "] is no regular expression: " + e.getMessage(), e);
    }
    EnumMap<Operation, Permission> permissions = new EnumMap<>(Operation.class);
    for (Operation operation : Operation.values()) {
      String value = values.get(operation.wireName());
      if (value == null) {
        throw new PolicyException("[" + name + "] does not say who may " + operation.wireName());
      }
      try {
        permissions.put(operation, permission(value, format));
      } catch (PolicyException e) {
        throw new PolicyException(
            "'" + operation.wireName() + " = " + value + "' of [" + name + "] " + e.getMessage(),
            e);
      }
    }
    return new Section(names, permissions);
  }

  private static Permission permission(String value, Format format) {
    Set<String> names =
        Arrays.stream(value.split(",", -1))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toSet());
    if (names.contains("@") && names.contains("!")) {
      throw new PolicyException("allows everyone ('@') and nobody ('!') at once");
    }
    if (names.contains("@")) {
      return new Everyone();
    }
    if (names.contains("!") || names.isEmpty()) {
      return new Roles(Set.of());
    }
    return switch (format) {
      case ROLES ->
          new Roles(
              names.stream()
                  .map(name -> name.toLowerCase(Locale.ROOT))
                  .collect(Collectors.toSet()));
      case POLICIES -> {
        if (names.size() > 1) {
          throw new PolicyException(
              "names more than one policy rule; combine them in one rule of the policy file");
        }
        yield new PolicyRule(names.iterator().next());
      }
    };
  }

  /** Section names to their keys, lower case, and values. */
  private static SequencedMap<String, Map<String, String>> ini(String text) {
    SequencedMap<String, Map<String, String>> sections = new LinkedHashMap<>();
    @Nullable Map<String, String> section = null;
    @Nullable String key = null;
    int number = 0;
    for (String line : text.split("\\R", -1)) {
      number++;
      String content = line.strip();
      if (content.isEmpty() || content.startsWith("#") || content.startsWith(";")) {
        continue;
      }
      if (key != null && section != null && Character.isWhitespace(line.charAt(0))) {
        section.merge(key, content, (before, more) -> before + "\n" + more);
        continue;
      }
      if (content.startsWith("[") && content.endsWith("]") && content.length() > 2) {
        String name = content.substring(1, content.length() - 1);
        section = new LinkedHashMap<>();
        key = null;
        if (name.equals("DEFAULT")) {
          throw wrong(number, "a section [DEFAULT] has no meaning here: name what it is about");
        }
        if (sections.put(name, section) != null) {
          throw wrong(number, "the section [" + name + "] is there twice");
        }
        continue;
      }
      int delimiter = delimiter(content);
      if (delimiter < 1) {
        throw wrong(number, "'" + content + "' is neither a [section] nor 'operation = who'");
      }
      if (section == null) {
        throw wrong(number, "'" + content + "' stands before the first [section]");
      }
      key = content.substring(0, delimiter).strip().toLowerCase(Locale.ROOT);
      if (section.put(key, content.substring(delimiter + 1).strip()) != null) {
        throw wrong(number, "'" + key + "' is there twice in its section");
      }
    }
    return sections;
  }

  private static int delimiter(String content) {
    int equals = content.indexOf('=');
    int colon = content.indexOf(':');
    return equals < 0 || (colon >= 0 && colon < equals) ? colon : equals;
  }

  private static PolicyException wrong(int line, String problem) {
    return new PolicyException("line " + line + ": " + problem);
  }
}
