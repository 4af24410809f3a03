package dev.glance.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The rules in force without a policy file. */
class PolicyTest {
  private static final Caller ADMIN =
      new Caller("ops", "root", Set.of("admin", "member", "reader"));
  private static final Caller MEMBER = new Caller("p1", "alice", Set.of("member", "reader"));
  private static final Caller SYSTEM_ADMIN =
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
          false);

  private final Policy policy = Policies.defaults();

  @Test
  void theRoleAdminMakesAnAdmin() {
    assertThat(policy.isAdmin(ADMIN)).isTrue();
    assertThat(policy.isAdmin(MEMBER)).isFalse();
  }

  @Test
  void membersMayChangeWhatTheirProjectOwns() {
    assertThat(policy.allows(MEMBER, Rule.MODIFY_IMAGE, Target.of("p1", "shared"))).isTrue();
    assertThat(policy.allows(MEMBER, Rule.MODIFY_IMAGE, Target.of("p2", "public"))).isFalse();
  }

  @Test
  void anUnownedTargetIsNobodys() {
    Caller unscoped = new Caller(null, "alice", Set.of("member", "reader"));
    Caller none = new Caller("None", "alice", Set.of("member", "reader"));

    assertThat(policy.allows(unscoped, Rule.MODIFY_IMAGE, Target.of(null, "shared"))).isFalse();
    assertThat(policy.allows(none, Rule.MODIFY_IMAGE, Target.of(null, "shared"))).isFalse();
  }

  @Test
  void rolesInTheSystemAreNoRolesInAProject() {
    assertThat(policy.isAdmin(SYSTEM_ADMIN)).isTrue();
    assertThat(policy.allows(SYSTEM_ADMIN, Rule.GET_IMAGES, Target.of("p1", null))).isFalse();
  }

  @Test
  void aRefusalNamesTheRule() {
    assertThatThrownBy(() -> policy.require(MEMBER, Rule.TASKS_API_ACCESS, Target.NONE))
        .isInstanceOfSatisfying(
            GlanceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN))
        .hasMessageContaining("tasks_api_access");
  }
}
