package dev.glance.api.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The right side of a check: text in which {@code %(name)s} stands for a value of the target, and
 * {@code %%} for a percent sign.
 */
sealed interface Template {
  /** Text without values. */
  record Text(String text, String lowerCase) implements Template {}

  /** One value, nothing around it. */
  record Value(String name) implements Template {}

  /** Both. */
  record Mixed(List<Template> parts) implements Template {
    public Mixed {
      parts = List.copyOf(parts);
    }
  }

  Pattern VALUE = Pattern.compile("%\\(([^()]+)\\)s");

  /**
   * Reads the right side of a check.
   *
   * @throws PolicyException when a percent sign is neither of the two forms
   */
  static Template parse(String source) {
    List<Template> parts = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    Matcher value = VALUE.matcher(source);
    int at = 0;
    while (at < source.length()) {
      char c = source.charAt(at);
      if (c != '%') {
        text.append(c);
        at++;
      } else if (source.startsWith("%%", at)) {
        text.append('%');
        at += 2;
      } else if (value.region(at, source.length()).lookingAt()) {
        if (!text.isEmpty()) {
          parts.add(text(text.toString()));
          text.setLength(0);
        }
        parts.add(new Value(value.group(1)));
        at = value.end();
      } else {
        throw new PolicyException(
            "'" + source + "' has a '%' that begins no '%(name)s'; a plain one is written '%%'");
      }
    }
    if (!text.isEmpty() || parts.isEmpty()) {
      parts.add(text(text.toString()));
    }
    return parts.size() == 1 ? parts.getFirst() : new Mixed(parts);
  }

  private static Text text(String text) {
    return new Text(text, text.toLowerCase(Locale.ROOT));
  }

  /** As it was written. */
  default String source() {
    return switch (this) {
      case Text(String text, String _) -> text.replace("%", "%%");
      case Value(String name) -> "%(" + name + ")s";
      case Mixed(List<Template> parts) ->
          parts.stream().map(Template::source).collect(Collectors.joining());
    };
  }

  /** The text for this target; null when a value is absent or unset. */
  default @Nullable String text(Target target) {
    return switch (this) {
      case Text(String text, String _) -> text;
      case Value(String name) -> {
        Object value = target.get(name);
        yield Target.UNSET.equals(value) ? null : python(value);
      }
      case Mixed(List<Template> parts) -> {
        StringBuilder text = new StringBuilder();
        for (Template part : parts) {
          String piece = part.text(target);
          if (piece == null) {
            yield null;
          }
          text.append(piece);
        }
        yield text.toString();
      }
    };
  }

  /** Like {@link #text}, and {@code None} for one value that is unset. */
  default @Nullable String textOrNone(Target target) {
    return this instanceof Value(String name) ? python(target.get(name)) : text(target);
  }

  /** Like {@link #text}, lower case. */
  default @Nullable String lowerCaseText(Target target) {
    if (this instanceof Text(String _, String lowerCase)) {
      return lowerCase;
    }
    String text = text(target);
    return text == null ? null : text.toLowerCase(Locale.ROOT);
  }

  /** Policy files are written for Python, whose truth values begin with a capital letter. */
  private static @Nullable String python(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case String text -> text;
      case Boolean truth -> truth ? "True" : "False";
      default -> value.toString();
    };
  }
}
