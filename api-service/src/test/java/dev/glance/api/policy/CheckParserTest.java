package dev.glance.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.constraints.CharRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The policy language, check by check and in any combination. */
class CheckParserTest {
  private static final Caller ALICE =
      new Caller(
          "p1",
          "alice",
          Set.of("member", "reader"),
          Set.of("service"),
          TokenScope.PROJECT,
          "d1",
          "d2",
          "d3",
          "Alice",
          false);
  private static final Map<String, Object> VALUES =
      Map.of(
          "project_id", "p1",
          "visibility", "public",
          "protected", true,
          "min_disk", 5,
          "wanted", "Member",
          "unset", Target.UNSET,
          "a.b", "p1");
  private static final Target TARGET = VALUES::get;

  @ParameterizedTest
  @CsvSource({
    "'', true",
    "@, true",
    "!, false",
    "not !, true",
    "NOT @, false",
    "role:member, true",
    "role:MEMBER, true",
    "role:admin, false",
    "role:%(wanted)s, true",
    "role:%(absent)s, false",
    "roles:member, true",
    "service_roles:service, true",
    "service_roles:member, false",
    "project_id:p1, true",
    "project_id:%(project_id)s, true",
    "project_id:%(a.b)s, true",
    "project_id:%(visibility)s, false",
    "project_id:%(absent)s, false",
    "project_id:%(unset)s, false",
    "user_id:alice, true",
    "domain_id:d1, true",
    "user_domain_id:d2, true",
    "project_domain_id:d3, true",
    "system_scope:all, false",
    "is_admin:True, false",
    "is_admin:False, true",
    "is_admin_project:True, true",
    "nobody_has_this:p1, false",
    "token.project.id:p1, false",
    "'''public'':%(visibility)s', true",
    "'\"public\":%(visibility)s', true",
    "'''shared'':%(visibility)s', false",
    "True:%(protected)s, true",
    "False:%(protected)s, false",
    "5:%(min_disk)s, true",
    "None:%(unset)s, true",
    "None:%(absent)s, false",
    "'''p1-public'':%(project_id)s-%(visibility)s', true",
    "'''100%'':100%%', true",
    "role:a:b, false",
    "role:member and role:admin, false",
    "role:member or role:admin, true",
    "role:admin and role:admin or role:member, true",
    "role:member or role:admin and role:admin, true",
    "(role:member or role:admin) and role:admin, false",
    "not role:admin and role:member, true",
    "not (role:admin or role:member), false",
    "not not role:member, true",
    "((role:member)), true",
    "( role:member ), true",
  })
  void checksMeanWhatOsloPolicySays(String source, boolean isMet) {
    assertThat(parse(source).isMet(ALICE, TARGET)).isEqualTo(isMet);
  }

  @Test
  void anAdminAndASystemScopeAreCredentials() {
    Caller system =
        new Caller(
            null, "root", Set.of(), Set.of(), TokenScope.SYSTEM, null, null, null, null, true);

    assertThat(parse("system_scope:all and is_admin:True").isMet(system, TARGET)).isTrue();
  }

  @Test
  void aValueThatTheCallerLacksIsEqualToNothing() {
    Caller nobody = new Caller(null, null, Set.of());

    assertThat(parse("project_id:%(unset)s or user_id:None").isMet(nobody, TARGET)).isFalse();
  }

  @Test
  void theOldFormIsAListOfAlternatives() {
    assertThat(old(List.of())).isTrue();
    assertThat(old(List.of(List.of()))).isFalse();
    assertThat(old(List.of("role:member"))).isTrue();
    assertThat(old(List.of(List.of("role:admin"), List.of("role:member", "project_id:p1"))))
        .isTrue();
    assertThat(old(List.of(List.of("role:member", "role:admin"), "role:admin"))).isFalse();
  }

  private static boolean old(List<?> source) {
    return CheckParser.parse(source, CheckParserTest::never).isMet(ALICE, TARGET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "member",
        "role:a role:b",
        "role:a and",
        "or role:a",
        "not",
        "(role:a",
        "role:a)",
        "()",
        "'quoted'",
        "role:a and and role:b",
        "role:%s",
        "role:%(a",
        "role:%(a)d",
        "role:50%",
        ":x",
        "a b:c",
        "1a:x",
        "'it''s':x",
        "b'x':x",
        "[1]:x",
      })
  void whatIsNotUnderstoodIsRefused(String source) {
    assertThatThrownBy(() -> parse(source))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("not understood");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://example.org/check", "https://example.org/%(id)s"})
  void checksByAnotherServerAreRefusedInPlainWords(String source) {
    assertThatThrownBy(() -> parse(source))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("would ask another server");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "not "})
  void deepNestingIsRefused(String opening) {
    assertThatThrownBy(() -> parse(opening.repeat(100_000) + "role:a"))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("nested more than");
  }

  @Test
  void aLongRowOfAlternativesIsFine() {
    String many = String.join(" or ", Collections.nCopies(1000, "role:x")) + " or role:member";

    assertThat(parse(many).isMet(ALICE, TARGET)).isTrue();
  }

  /** An expression beside the plainest possible way to say what it means. */
  private static Arbitrary<Tuple2<String, Predicate<Map<String, Boolean>>>> expressions(int depth) {
    Arbitrary<Tuple2<String, Predicate<Map<String, Boolean>>>> leaf =
        Arbitraries.of("a", "b", "c", "d")
            .map(role -> Tuple.of("role:" + role, roles -> roles.getOrDefault(role, false)));
    if (depth == 0) {
      return leaf;
    }
    Arbitrary<Tuple2<String, Predicate<Map<String, Boolean>>>> inner = expressions(depth - 1);
    return Arbitraries.oneOf(
        leaf,
        inner.map(x -> Tuple.of("not (" + x.get1() + ")", x.get2().negate())),
        inner.list().ofMinSize(2).ofMaxSize(4).map(xs -> joined(xs, "and")),
        inner.list().ofMinSize(2).ofMaxSize(4).map(xs -> joined(xs, "or")));
  }

  private static Tuple2<String, Predicate<Map<String, Boolean>>> joined(
      List<Tuple2<String, Predicate<Map<String, Boolean>>>> parts, String operator) {
    return Tuple.of(
        "(" + String.join(" " + operator + " ", parts.stream().map(Tuple2::get1).toList()) + ")",
        roles ->
            operator.equals("and")
                ? parts.stream().allMatch(part -> part.get2().test(roles))
                : parts.stream().anyMatch(part -> part.get2().test(roles)));
  }

  @Provide
  Arbitrary<Tuple2<String, Predicate<Map<String, Boolean>>>> expressions() {
    return expressions(4);
  }

  @Property
  void anyCombinationMeansWhatItsPartsMean(
      @ForAll("expressions") Tuple2<String, Predicate<Map<String, Boolean>>> expression,
      @ForAll Set<@CharRange(from = 'a', to = 'd') Character> roles) {
    Map<String, Boolean> has = new TreeMap<>();
    roles.forEach(role -> has.put(role.toString(), true));
    Caller caller = new Caller("p", "u", has.keySet());

    assertThat(parse(expression.get1()).isMet(caller, Target.NONE))
        .isEqualTo(expression.get2().test(has));
  }

  @Provide
  Arbitrary<String> almostChecks() {
    return Arbitraries.of(
            "role:a",
            "and",
            "or",
            "not",
            "(",
            ")",
            " ",
            "@",
            "!",
            "%(x)s",
            "%",
            "'",
            "\"",
            ":",
            "rule:r",
            "project_id:",
            "\u00a0",
            "\ud83d",
            "0",
            "None:",
            "\\",
            "\n")
        .list()
        .ofMaxSize(40)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 5000)
  void anyTextIsReadOrRefused(@ForAll("almostChecks") String source) {
    readOrRefused(source);
  }

  @Property
  void anyTextAtAllIsReadOrRefused(@ForAll String source) {
    readOrRefused(source);
  }

  private static void readOrRefused(String source) {
    try {
      boolean _ = parse(source).isMet(ALICE, TARGET);
    } catch (PolicyException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static Check parse(String source) {
    return CheckParser.parse(source, CheckParserTest::never);
  }

  private static Check never(String rule) {
    return new Check.Never();
  }
}
