package dev.glance.api.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.auth.Caller;
import dev.glance.api.policy.PropertyProtectionConfig.Format;
import dev.glance.api.policy.PropertyProtections.Operation;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Property protection files, in both formats (API reference section 4.5). */
class ProtectionFileTest {
  private static final String ROLES =
      """
      # what the billing service writes
      [^x_billing_.*]
      create = Billing, admin
      read = admin,member
      update : billing
      delete = !

      [x_.*]
      create = @
      read = @
      update = @
      delete = owner,
        admin

      [os_glance_internal]
      create = !
      read = !
      update = !
      delete = !

      [^locked$]
      create =
      read =
      update =
      delete =
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "member, CREATE, x_billing_code, false",
    "admin, CREATE, x_billing_code, true",
    "billing, CREATE, x_billing_code, true",
    "member, READ, x_billing_code, true",
    "guest, READ, x_billing_code, false",
    "billing, UPDATE, x_billing_code, true",
    "admin, UPDATE, x_billing_code, false",
    "admin, DELETE, x_billing_code, false",
    // The first section that is found somewhere in the name wins.
    "guest, CREATE, my_x_billing_code, true",
    "guest, DELETE, x_other, false",
    "admin, DELETE, x_other, true",
    "owner, DELETE, x_other, true",
    "admin, READ, locked, false",
    // No section at all.
    "admin, READ, y, false",
    // The service's own come first, whatever the file says.
    "guest, UPDATE, os_glance_internal, true",
  })
  void rolesDecide(String role, Operation operation, String property, boolean isAllowed)
      throws IOException {
    PropertyProtections protections = protections(ROLES, Format.ROLES);

    assertThat(protections.allows(new Caller("p", "u", Set.of(role)), operation, property))
        .isEqualTo(isAllowed);
    Caller service =
        new Caller(
            "p",
            "u",
            Set.of(),
            Set.of(role),
            Caller.TokenScope.PROJECT,
            null,
            null,
            null,
            null,
            false);
    assertThat(protections.allows(service, operation, property))
        .as("the roles of a service count as well")
        .isEqualTo(isAllowed);
  }

  @Test
  void policyRulesDecide() throws IOException {
    PropertyProtections protections =
        protections(
            "[.*]\ncreate = context_is_admin\nread = @\nupdate = metadef_default\ndelete = !\n",
            Format.POLICIES);
    Caller member = new Caller("p", "u", Set.of("member"));
    Caller admin = new Caller("p", "u", Set.of("admin"));

    assertThat(protections.allows(member, Operation.CREATE, "x")).isFalse();
    assertThat(protections.allows(admin, Operation.CREATE, "x")).isTrue();
    assertThat(protections.allows(member, Operation.READ, "x")).isTrue();
    assertThat(protections.allows(member, Operation.UPDATE, "x")).isTrue();
    assertThat(protections.allows(admin, Operation.DELETE, "x")).isFalse();
  }

  @Test
  void aRefusalNamesTheProperty() throws IOException {
    PropertyProtections protections = protections(ROLES, Format.ROLES);

    assertThatThrownBy(
            () -> protections.require(new Caller("p", "u", Set.of()), Operation.READ, "y"))
        .isInstanceOfSatisfying(
            GlanceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN))
        .hasMessage("Property 'y' is protected.");
  }

  @Test
  void withoutAFileNothingIsProtected() {
    assertThat(
            Policies.noProtections().allows(new Caller("p", "u", Set.of()), Operation.DELETE, "x"))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[a]|create=@|read=@|update=@; ROLES; does not say who may delete",
        "[(]|create=@|read=@|update=@|delete=@; ROLES; no regular expression",
        "[a]|create=@,!|read=@|update=@|delete=@; ROLES; at once",
        "[a]|create=x,y|read=@|update=@|delete=@; POLICIES; more than one policy rule",
        "[a]|create=nobody_knows|read=@|update=@|delete=@; POLICIES; nobody_knows",
        "[a]|create=@|create=@; ROLES; is there twice",
        "[a]|create=@|read=@|update=@|delete=@|[a]; ROLES; is there twice",
        "create=@; ROLES; before the first",
        "[a]|word; ROLES; line 2",
        "[DEFAULT]|create=@; ROLES; has no meaning",
      })
  void aBadFileIsRefusedWithItsReason(String content, Format format, String reason)
      throws IOException {
    Path file = Files.writeString(folder.resolve("protections"), content.replace('|', '\n'));

    assertThat(
            PropertyProtections.finding(
                Policies.protectionConfig(file, format), Policies.config(null, true)))
        .hasValueSatisfying(
            finding ->
                assertThat(finding)
                    .contains("glance.api.property-protection-file")
                    .contains(reason));
  }

  @Test
  void anAbsentFileIsRefused() {
    assertThat(
            PropertyProtections.finding(
                Policies.protectionConfig(folder.resolve("absent"), Format.ROLES),
                Policies.config(null, true)))
        .isPresent();
  }

  @Provide
  Arbitrary<String> almostFiles() {
    return Arbitraries.of(
            "[",
            "]",
            "a",
            "=",
            ":",
            "\n",
            " ",
            "@",
            "!",
            ",",
            "create=@\n",
            "read=@\n",
            "update=@\n",
            "delete=@\n",
            "[x]\n",
            "(",
            "*",
            "\\",
            "#",
            ";",
            "\u0000",
            "\r",
            "\u2028")
        .list()
        .ofMaxSize(30)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 3000)
  void anyFileIsReadOrRefused(@ForAll("almostFiles") String content, @ForAll Format format) {
    try {
      assertThat(ProtectionFile.parse(content, format)).isNotEmpty();
    } catch (PolicyException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private PropertyProtections protections(String content, Format format) throws IOException {
    return Policies.protections(Files.writeString(folder.resolve("protections"), content), format);
  }
}
