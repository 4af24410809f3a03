package dev.glance.api.auth.basic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.api.auth.basic.UserCommand.Refused;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code ./glance user} does to the files. */
class UserCommandTest {
  @TempDir Path folder;
  private UserFiles files;

  @BeforeEach
  void names() {
    files = new UserFiles(folder.resolve("users.htpasswd"), folder.resolve("projects"));
  }

  @Test
  void aNewUserMayCall() throws Exception {
    run("wonderland\n", "add", "alice", "--project", "lab", "--role", "admin", "--password-stdin");

    Users users = files.read();
    assertThat(users.verify("alice", "wonderland".getBytes(StandardCharsets.UTF_8)))
        .get()
        .satisfies(
            alice -> {
              assertThat(alice.project()).isEqualTo("lab");
              assertThat(alice.roles()).containsExactly("admin");
            });
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.users())))
        .isEqualTo("rw-------");
    assertThat(run("", "list")).contains("alice  lab      admin  bcrypt, cost 12");
  }

  @Test
  void withoutMoreWordsAUserIsAMemberOfTheirOwnProject() throws Exception {
    String said = run("", "add", "bob", "--generate");

    String password = said.lines().findFirst().orElseThrow().replace("Password: ", "");
    assertThat(files.read().verify("bob", password.getBytes(StandardCharsets.UTF_8)))
        .get()
        .satisfies(
            bob -> {
              assertThat(bob.project()).isEqualTo("bob");
              assertThat(bob.roles()).containsExactly("member");
            });
  }

  @Test
  void otherLinesStayAsTheyAre() throws Exception {
    String others = "# ours\ncarol:" + UserFilesTest.HASH + "\n\n";
    Files.writeString(files.users(), others);
    run("one password\n", "add", "alice", "--password-stdin");
    run("another password\n", "passwd", "alice", "--password-stdin");
    assertThat(files.read().verify("alice", "another password".getBytes(StandardCharsets.UTF_8)))
        .isPresent();

    run("", "del", "alice");

    assertThat(files.users()).hasContent(others);
    assertThat(files.projects()).isEmptyFile();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "frobnicate | no command frobnicate",
        "add | Give a name",
        "add a:b --generate | has a colon",
        "add '' --generate | name is empty",
        "add a b --generate | is too much here",
        "add a --frob | is too much here",
        "add a --role | --role needs a value",
        "add a --role r,s --generate | a role has a comma",
        "add a --project p:q --generate | has a colon",
        "add a --generate --password-stdin | exclude each other",
        "add a | no terminal",
        "add a --password-stdin | password is empty",
        "add carol --generate | a user carol already",
        "passwd nobody --generate | no user nobody",
        "del nobody | no user nobody",
        "list all | takes no more",
      })
  void whatMakesNoSenseIsRefusedInAPlainSentence(String words, String reason) throws Exception {
    Files.writeString(files.users(), "carol:" + UserFilesTest.HASH + "\n");

    assertThatThrownBy(() -> run("", words.replace("''", "").split(" ", -1)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(reason);
    assertThat(files.users()).hasContent("carol:" + UserFilesTest.HASH + "\n");
  }

  @Test
  void aPasswordThatBcryptWouldCutIsRefused() throws Exception {
    assertThatThrownBy(() -> run("ü".repeat(37) + "\n", "add", "a", "--password-stdin"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("74 bytes");

    run("ü".repeat(36) + "\n", "add", "a", "--password-stdin");
  }

  @Test
  void badLinesAreToBeMendedFirst() throws Exception {
    Files.writeString(files.users(), "carol:secret\n");

    assertThatThrownBy(() -> run("", "add", "a", "--generate"))
        .isInstanceOf(BadUserFiles.class)
        .hasMessageContaining("line 1");
  }

  private String run(String typed, String... words) throws Exception {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    new UserCommand(
            files,
            new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(said, true, StandardCharsets.UTF_8),
            null)
        .run(List.of(words));
    return said.toString(StandardCharsets.UTF_8);
  }
}
