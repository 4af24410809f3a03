package dev.glance.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.auth.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Policy files: what they change, when they are read again, and what is refused. */
class PolicyFileTest {
  private static final Caller MEMBER = new Caller("p1", "alice", Set.of("member", "reader"));
  private static final Caller GUEST = new Caller("p1", "bob", Set.of("guest"));

  @TempDir Path folder;

  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 5);
  private int writes;

  @Test
  void oneRuleIsReplacedAndTheOthersStay() throws IOException {
    CurrentRules rules = rules("publicize_image: 'role:member'\n");

    assertThat(isMet(rules, Rule.PUBLICIZE_IMAGE)).isTrue();
    assertThat(isMet(rules, Rule.COPY_IMAGE)).isFalse();
  }

  @Test
  void otherNamesAreHelpers() throws IOException {
    CurrentRules rules = rules("publicize_image: rule:team\nteam: role:member\nunused: '!'\n");

    assertThat(isMet(rules, Rule.PUBLICIZE_IMAGE)).isTrue();
    assertThat(rules.get().entry("team")).isNotNull();
  }

  @Test
  void jsonAndTheOldListsAreRead() throws IOException {
    CurrentRules rules =
        rules("{\n\t\"publicize_image\": [[\"role:admin\"], [\"role:member\", \"@\"]]\n}\n");

    assertThat(isMet(rules, Rule.PUBLICIZE_IMAGE)).isTrue();
  }

  @Test
  void commentsAloneChangeNothing() throws IOException {
    assertThat(isMet(rules("# publicize_image: '@'\n"), Rule.PUBLICIZE_IMAGE)).isFalse();
  }

  @Test
  void theSampleIsUnderstoodWithEveryExampleInForce() throws IOException {
    String sample =
        Files.readString(Path.of("../deploy/policy.yaml.sample")).replaceAll("(?m)^# \"", "\"");

    assertThat(isMet(rules(sample), Rule.DOWNLOAD_IMAGE)).isTrue();
  }

  @Test
  void aChangeIsSeenWithinASecond() throws IOException {
    CurrentRules rules = rules("publicize_image: '!'\n");

    write("publicize_image: '@'\n");
    assertThat(isMet(rules, Rule.PUBLICIZE_IMAGE)).isFalse();
    pass(CurrentRules.LOOK_EVERY);
    assertThat(isMet(rules, Rule.PUBLICIZE_IMAGE)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"publicize_image: 'role'", "a: rule:a", "{", ": : :", "- x", "\u0001"})
  void aBrokenChangeKeepsTheLastGoodRules(String broken) throws IOException {
    CurrentRules rules = rules("publicize_image: '@'\n");

    write(broken);
    pass(CurrentRules.LOOK_EVERY);
    assertThat(isMet(rules, Rule.PUBLICIZE_IMAGE)).isTrue();
    write("publicize_image: '!'\n");
    pass(CurrentRules.LOOK_EVERY);
    assertThat(isMet(rules, Rule.PUBLICIZE_IMAGE)).isFalse();
  }

  @Test
  void aFileThatGoesAwayKeepsTheLastGoodRules() throws IOException {
    CurrentRules rules = rules("publicize_image: '@'\n");

    Files.delete(file());
    pass(CurrentRules.LOOK_EVERY);

    assertThat(isMet(rules, Rule.PUBLICIZE_IMAGE)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "a: rule:b; refers to the rule 'b'",
        "a: rule:a; 'a' -> 'a'",
        "{a: rule:b, b: rule:c, c: rule:a}; 'a' -> 'b' -> 'c' -> 'a'",
        "default: not rule:get_task; circle",
        "a: http://x/y; would ask another server",
        "a: true; is no check string",
        "a: 1; is no check string",
        "a: {b: c}; is no check string",
        "a:; has no check string",
        "[a, b]; is no mapping",
        "word; is no mapping",
        "1: role:a; is no rule name",
        "a: [[['x:y']]]; holds strings",
        "a: [['x:y', 1]]; holds strings",
        "a: @; line 1",
        "{a: x:y, a: x:z}; duplicate key",
        "a: !!java.net.URL [http://x/]; no YAML",
        "a: [[[[[[[[[[[[]]]]]]]]]]]]; no YAML",
      })
  void aBrokenFileIsRefusedWithItsReason(String content, String reason) {
    assertThatThrownBy(() -> load(content))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void startUpNamesTheFileThatCannotBeRead() {
    assertThat(Policy.finding(Policies.config(folder.resolve("absent.yaml"), true)))
        .hasValueSatisfying(
            finding ->
                assertThat(finding)
                    .contains("absent.yaml")
                    .contains("glance.policy.policy-file")
                    .contains("cannot be read"));
    assertThat(Policy.finding(Policies.config(null, true))).isEmpty();
  }

  @Test
  void bytesThatAreNoTextAreRefused() {
    assertThatThrownBy(() -> PolicyFile.parse(new byte[] {'a', ':', ' ', (byte) 0xff}))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void aHugeFileIsRefused() throws IOException {
    Path huge = Files.write(file(), new byte[(1 << 20) + 1]);

    assertThatThrownBy(() -> PolicyFile.read(huge))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("more than");
  }

  @Test
  void aYamlBombIsRefusedAtOnce() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 40; i++) {
      String before = "*a" + (i - 1);
      bomb.append("a%d: &a%d [%s, %s]%n".formatted(i, i, before, before));
    }

    assertThatThrownBy(() -> load(bomb.toString())).isInstanceOf(PolicyException.class);
  }

  @Test
  void rulesThatMultiplyAreRefusedAtOnce() {
    StringBuilder bomb = new StringBuilder("a0: role:x\n");
    for (int i = 1; i < 40; i++) {
      bomb.append("a%d: rule:a%d and rule:a%d%n".formatted(i, i - 1, i - 1));
    }

    assertThatThrownBy(() -> load(bomb.toString()))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("checks");
  }

  @Test
  void aLongChainOfRulesIsRefused() {
    StringBuilder chain = new StringBuilder("a5000: role:x\n");
    for (int i = 0; i < 5000; i++) {
      chain.append("a%d: rule:a%d%n".formatted(i, i + 1));
    }

    assertThatThrownBy(() -> load(chain.toString()))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("in a row");
  }

  @Provide
  Arbitrary<String> almostFiles() {
    return Arbitraries.of(
            "a", ": ", "\n", "[", "]", "{", "}", ", ", "&x ", "*x", "'", "\"", "!!", "role:b", "- ",
            "  ", "? ", "|", ">", "<<", "\t", "#", "%", "@", "rule:a", "\u0000", "---\n", "...")
        .list()
        .ofMaxSize(40)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 3000)
  void anyFileIsReadOrRefused(@ForAll("almostFiles") String content) {
    readOrRefused(content.getBytes(StandardCharsets.UTF_8));
  }

  @Property
  void anyBytesAreReadOrRefused(@ForAll byte[] content) {
    readOrRefused(content);
  }

  private static void readOrRefused(byte[] content) {
    try {
      assertThat(RuleSet.of(PolicyFile.parse(content), true)).isNotNull();
    } catch (PolicyException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void theOldDefaultsAreAlternativesWhereTheyAreAskedFor() {
    RuleSet old = RuleSet.of(Map.of("delete_image", "role:member"), false);

    assertThat(old.check(Rule.MODIFY_IMAGE).isMet(GUEST, Target.NONE)).isTrue();
    assertThat(old.check(Rule.PUBLICIZE_IMAGE).isMet(GUEST, Target.NONE)).isFalse();
    assertThat(old.check(Rule.DELETE_IMAGE).isMet(GUEST, Target.NONE))
        .as("one that is overridden")
        .isFalse();
    assertThat(RuleSet.of(Map.of(), true).check(Rule.MODIFY_IMAGE).isMet(GUEST, Target.NONE))
        .isFalse();
  }

  @Test
  void theOldDefaultsFollowTheOperatorsRuleDefault() {
    RuleSet old = RuleSet.of(Map.of("default", "role:admin"), false);

    assertThat(old.check(Rule.MODIFY_IMAGE).isMet(GUEST, Target.NONE)).isFalse();
  }

  private static RuleSet load(String content) {
    return RuleSet.of(PolicyFile.parse(content.getBytes(StandardCharsets.UTF_8)), true);
  }

  private CurrentRules rules(String content) throws IOException {
    write(content);
    return new CurrentRules(file(), true, nanoTime::get);
  }

  private void write(String content) throws IOException {
    Files.writeString(file(), content);
    // File systems' clocks tick in milliseconds.
    Files.setLastModifiedTime(file(), FileTime.from(Instant.ofEpochSecond(++writes)));
  }

  private Path file() {
    return folder.resolve("policy.yaml");
  }

  private void pass(Duration duration) {
    nanoTime.addAndGet(duration.toNanos());
  }

  private static boolean isMet(CurrentRules rules, Rule rule) {
    return rules.get().check(rule).isMet(MEMBER, Target.of("p1", "shared"));
  }
}
