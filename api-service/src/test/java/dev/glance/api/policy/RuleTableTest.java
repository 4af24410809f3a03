package dev.glance.api.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Visibility;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Every rule for every kind of caller, against the table in {@code rules.csv}. */
class RuleTableTest {
  private static final String TABLE = "/dev/glance/api/policy/rules.csv";
  private static final Map<Character, Caller> CALLERS = new LinkedHashMap<>();

  static {
    CALLERS.put('A', caller("ops", "admin", "manager", "member", "reader"));
    CALLERS.put('M', caller("p1", "member", "reader"));
    CALLERS.put('R', caller("p1", "reader"));
    CALLERS.put('O', caller("p2", "member", "reader"));
    CALLERS.put('S', caller("p3", "member", "reader"));
    CALLERS.put('V', caller("services", "service"));
    CALLERS.put(
        'X',
        new Caller(
            null,
            "root",
            Set.of("admin", "member", "reader"),
            Set.of(),
            TokenScope.SYSTEM,
            null,
            null,
            null,
            null,
            false));
  }

  private final Policy policy = Policies.defaults();

  private static Caller caller(String project, String... roles) {
    return new Caller(project, "someone", Set.of(roles));
  }

  @ParameterizedTest(name = "{0}")
  @CsvFileSource(resources = TABLE, numLinesToSkip = 1, ignoreLeadingAndTrailingWhitespace = true)
  void whoPasses(String name, ArgumentsAccessor row) {
    Rule rule = Rule.of(name).orElseThrow();
    List<Visibility> columns =
        List.of(
            Visibility.PRIVATE,
            Visibility.SHARED,
            Visibility.PUBLIC,
            Visibility.COMMUNITY,
            Visibility.PRIVATE);

    for (int i = 0; i < columns.size(); i++) {
      String passing = Objects.requireNonNull(row.getString(i + 1));
      if (!passing.equals(".")) {
        Visibility visibility = columns.get(i);
        String owner = i == 4 ? "p9" : "p1";
        assertThat(passing(rule, owner, visibility))
            .as("%s of %s, %s", name, owner, visibility)
            .isEqualTo(passing);
      }
    }
  }

  private String passing(Rule rule, String owner, Visibility visibility) {
    return CALLERS.entrySet().stream()
        .filter(
            entry ->
                policy.allows(
                    entry.getValue(), rule, target(rule, entry.getValue(), owner, visibility)))
        .map(entry -> entry.getKey().toString())
        .collect(Collectors.joining());
  }

  /** As the calls make it: of an image, of one that is to be created, or of a namespace. */
  private static Target target(Rule rule, Caller caller, String owner, Visibility visibility) {
    boolean isImage = rule != Rule.ADD_IMAGE && !rule.wireName().contains("metadef");
    return isImage
        ? new ImageTarget(caller, image(owner, visibility))
        : Target.of(owner, visibility.wireName());
  }

  private static Image image(String owner, Visibility visibility) {
    return new Image(
        "id",
        null,
        ImageStatus.ACTIVE,
        visibility,
        false,
        false,
        owner,
        List.of(),
        0,
        0,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        Instant.EPOCH,
        Instant.EPOCH,
        Map.of("member_id", "p2", "project_id", "p2"),
        List.of(),
        1);
  }

  @Test
  void theTableHasEveryRuleOnce() throws IOException {
    List<String> rows;
    try (InputStream table = RuleTableTest.class.getResourceAsStream(TABLE)) {
      rows =
          new String(Objects.requireNonNull(table).readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#") && !line.startsWith("rule,"))
              .map(line -> line.substring(0, line.indexOf(',')))
              .toList();
    }

    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Rule.values()).map(Rule::wireName).toList());
  }
}
