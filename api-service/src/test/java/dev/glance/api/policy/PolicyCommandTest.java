package dev.glance.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code ./glance policy} prints. */
class PolicyCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PolicyCommand command =
      new PolicyCommand(
          RuleSet.of(
              Map.of(
                  "publicize_image", "rule:context_is_admin or rule:team",
                  "team", "role:member and project_id:t1"),
              true),
          new PrintStream(out, true, StandardCharsets.UTF_8));

  @Test
  void listNamesEveryRuleAndWhereItIsFrom() {
    assertThat(run("list")).isZero();

    assertThat(printed().lines())
        .hasSize(Rule.values().length + 1)
        .anyMatch(line -> line.matches("copy_image +default +rule:context_is_admin"))
        .anyMatch(line -> line.matches("default +default +\"\""))
        .anyMatch(line -> line.matches("publicize_image +file +rule:context_is_admin or rule:team"))
        .anyMatch(line -> line.matches("team +file, helper +role:member and project_id:t1"));
  }

  @Test
  void aDenialNamesTheChecksThatFailed() {
    int exit =
        run(
            "check",
            "modify_image",
            "--roles",
            "Member,reader",
            "--project",
            "p1",
            "--target",
            "owner=p2");

    assertThat(exit).isEqualTo(1);
    assertThat(printed())
        .contains("modify_image: denied")
        .contains("by the default: rule:context_is_admin or (role:member and")
        .contains(
            "rule:context_is_admin: role:admin does not hold: the caller's roles are [member,"
                + " reader]")
        .contains("project_id:%(project_id)s does not hold: the caller's is p1, the target's is p2")
        .doesNotContain("role:member holds");
  }

  @Test
  void aPermissionNamesTheChecksThatHeld() {
    int exit = run("check", "publicize_image", "--roles", "member", "--project", "t1");

    assertThat(exit).isZero();
    assertThat(printed())
        .contains("publicize_image: allowed")
        .contains("by the policy file: ")
        .contains("rule:team: role:member holds")
        .contains("rule:team: project_id:t1 holds");
  }

  @Test
  void theScopeOfTheRolesCounts() {
    assertThat(run("check", "get_images", "--roles", "admin", "--system")).isEqualTo(1);
    assertThat(printed()).contains("roles in a project, and these are for a system");
    assertThat(run("check", "context_is_admin", "--roles", "admin", "--domain", "d")).isZero();
  }

  @Test
  void aHelperAndAnAbsentValueAreExplainedToo() {
    assertThat(run("check", "team", "--roles", "member", "--project", "t1")).isZero();
    assertThat(run("check", "get_image", "--roles", "reader", "--project", "p")).isEqualTo(1);
    assertThat(printed())
        .contains("'public':%(visibility)s does not hold: the target has no such value");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "frobnicate",
        "list all",
        "check",
        "check no_such_rule",
        "check get_image --roles",
        "check get_image --target x",
        "check get_image --frob x",
      })
  void whatMakesNoSenseIsRefused(String words) {
    assertThatThrownBy(() -> run(words.split(" ", -1))).isInstanceOf(PolicyException.class);
  }

  @Test
  void helpIsTheManual() {
    assertThat(run()).isZero();
    assertThat(printed()).contains("Usage");
  }

  private int run(String... words) {
    return command.run(Arrays.asList(words));
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
