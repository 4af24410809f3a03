package dev.glance.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.api.auth.Caller;
import dev.glance.api.auth.Caller.TokenScope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The policy language against the library that defines it. */
class OsloPolicyTest {
  private static final String PYTHON = "/usr/bin/python3";
  private static final int CASES = 5000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> LEAVES =
      List.of(
          "role:admin",
          "role:MEMBER",
          "role:%(role)s",
          "roles:reader",
          "service_roles:service",
          "project_id:%(project_id)s",
          "project_id:%(owner)s",
          "project_id:p1",
          "user_id:%(user_id)s",
          "domain_id:%(domain_id)s",
          "user_domain_id:d1",
          "system_scope:all",
          "is_admin:True",
          "is_admin:%(protected)s",
          "'public':%(visibility)s",
          "\"shared\":%(visibility)s",
          "True:%(protected)s",
          "7:%(min_disk)s",
          "'p1/public':%(project_id)s/%(visibility)s",
          "'5%':5%%",
          "nobody:%(owner)s",
          "token.project:%(owner)s",
          "rule:helper",
          "@",
          "!");

  /** What two expressions may be put together with, and what breaks them. */
  private static final List<String> GLUE =
      List.of(
          " and ",
          " or ",
          " AND ",
          " Or ",
          " and not ",
          " or not ",
          ") or (",
          " and (",
          "( ",
          " )");

  private final Random random = new Random(20261122);

  private record Case(
      String check,
      Map<String, String> rules,
      Map<String, Object> creds,
      Map<String, Object> target) {}

  @Test
  void everyCheckThatWeTakeMeansTheSame(@TempDir Path folder) throws Exception {
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      cases.add(
          new Case(
              expression(i % 4 == 0),
              Map.of("helper", LEAVES.get(random.nextInt(20))),
              credentials(),
              target()));
    }

    List<String> theirs = askOslo(folder, cases);

    int taken = 0;
    for (int i = 0; i < CASES; i++) {
      Case each = cases.get(i);
      Check check;
      try {
        check = CheckParser.parse(each.check, name -> helper(each, name));
      } catch (PolicyException _) {
        // Refused at start-up; oslo.policy denies some of these and lets others pass.
        continue;
      }
      taken++;
      assertThat(String.valueOf(check.isMet(caller(each.creds), each.target::get)))
          .as("%s", each)
          .isEqualTo(theirs.get(i));
    }
    assertThat(taken).as("cases that both understand").isGreaterThan(CASES * 3 / 4);
  }

  @Test
  void whatOsloDoesNotUnderstandIsRefused(@TempDir Path folder) throws Exception {
    List<String> sources =
        List.of(
            "role:a role:b", "(role:a", "role:a)", "and", "not", "'text'", "role:a and", "()", " ");
    List<Case> cases =
        sources.stream()
            .map(source -> new Case(source, Map.of(), Map.of("roles", List.of("a")), Map.of()))
            .toList();

    assertThat(askOslo(folder, cases)).doesNotContain("true");
    for (String source : sources) {
      assertThatThrownBy(() -> CheckParser.parse(source, _ -> new Check.Never()))
          .isInstanceOf(PolicyException.class);
    }
  }

  private static Check helper(Case each, String name) {
    String helper = each.rules.get(name);
    if (helper == null) {
      throw new PolicyException("the rule '" + name + "' is not defined");
    }
    return CheckParser.parse(helper, _ -> new Check.Never());
  }

  private String expression(boolean isWild) {
    StringBuilder expression = new StringBuilder(term(3));
    int parts = isWild ? random.nextInt(4) : 0;
    for (int i = 0; i < parts; i++) {
      expression.append(GLUE.get(random.nextInt(GLUE.size()))).append(term(2));
    }
    return expression.toString();
  }

  private String term(int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return LEAVES.get(random.nextInt(LEAVES.size()));
    }
    return switch (random.nextInt(4)) {
      case 0 -> "not " + term(0);
      case 1 -> "not (" + term(depth - 1) + ")";
      case 2 -> term(depth - 1) + (random.nextBoolean() ? " and " : " or ") + term(depth - 1);
      default ->
          "(" + term(depth - 1) + (random.nextBoolean() ? " and " : " or ") + term(depth - 1) + ")";
    };
  }

  private Map<String, Object> credentials() {
    Map<String, Object> creds = new HashMap<>();
    creds.put("roles", some("admin", "member", "reader"));
    creds.put("service_roles", some("service"));
    creds.put("project_id", "p" + random.nextInt(3));
    creds.put("user_id", "u" + random.nextInt(2));
    creds.put("user_domain_id", "d" + random.nextInt(2));
    creds.put("is_admin", random.nextBoolean());
    if (random.nextInt(3) == 0) {
      creds.put("system_scope", "all");
    } else if (random.nextInt(3) == 0) {
      creds.put("domain_id", "d1");
    }
    return creds;
  }

  private Map<String, Object> target() {
    Map<String, Object> target = new HashMap<>();
    target.put("project_id", "p" + random.nextInt(3));
    target.put("visibility", random.nextBoolean() ? "public" : "shared");
    target.put("protected", random.nextBoolean());
    target.put("min_disk", 6 + random.nextInt(3));
    target.put("role", random.nextBoolean() ? "Reader" : "x");
    if (random.nextBoolean()) {
      target.put("owner", "p" + random.nextInt(3));
      target.put("user_id", "u1");
      target.put("domain_id", "d1");
    }
    return target;
  }

  private List<String> some(String... names) {
    return Arrays.stream(names).filter(_ -> random.nextBoolean()).toList();
  }

  @SuppressWarnings("unchecked")
  private static Caller caller(Map<String, Object> creds) {
    String domain = (String) creds.get("domain_id");
    TokenScope scope =
        creds.containsKey("system_scope")
            ? TokenScope.SYSTEM
            : domain != null ? TokenScope.DOMAIN : TokenScope.PROJECT;
    return new Caller(
        (String) creds.get("project_id"),
        (String) creds.get("user_id"),
        Set.copyOf((List<String>) creds.get("roles")),
        new TreeSet<>((List<String>) creds.get("service_roles")),
        scope,
        domain,
        (String) creds.get("user_domain_id"),
        null,
        null,
        Boolean.TRUE.equals(creds.get("is_admin")));
  }

  private static List<String> askOslo(Path folder, List<Case> cases)
      throws IOException, InterruptedException {
    requireOslo();
    Path in = folder.resolve("cases");
    Path out = folder.resolve("answers");
    Files.write(in, cases.stream().map(OsloPolicyTest::json).toList(), StandardCharsets.UTF_8);
    Process python =
        new ProcessBuilder(PYTHON, "src/test/resources/dev/glance/api/policy/oslo.py")
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(python.waitFor()).isZero();
    return Files.readAllLines(out);
  }

  private static String json(Case each) {
    try {
      return JSON.writeValueAsString(each);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Leaves the test out where the library is missing; a failure where nothing may be. */
  private static void requireOslo() throws IOException, InterruptedException {
    if (Files.isExecutable(Path.of(PYTHON))
        && new ProcessBuilder(PYTHON, "-c", "import oslo_policy")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor()
            == 0) {
      return;
    }
    String message = "oslo.policy is not installed";
    if (Boolean.parseBoolean(System.getenv("GLANCE_TEST_REQUIRE_TOOLS"))) {
      fail(message);
    }
    abort(message);
  }
}
