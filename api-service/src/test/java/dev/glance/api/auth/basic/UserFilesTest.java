package dev.glance.api.auth.basic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the two files may hold, and how a bad line is named. */
class UserFilesTest {
  static final String HASH = "$2y$04$abcdefghijklmnopqrstuuoiW3QYfm72YKyU.BkkE9BGjxWgLbzGK";

  @TempDir Path folder;
  private UserFiles files;

  @BeforeEach
  void names() {
    files =
        new UserFiles(folder.resolve("users.htpasswd"), folder.resolve("users.htpasswd.projects"));
  }

  @Test
  void aUserHasAProjectAndRoles() throws Exception {
    write(files.users(), "# our people\n\nalice:" + HASH + "\r\nbob:" + HASH + "\njürgen:" + HASH);
    write(files.projects(), "alice:lab:admin\nbob:: reader , auditor\nsomeone gone:lab:member\n");

    Users users = files.read();

    assertThat(users.all()).extracting(User::name).containsExactly("alice", "bob", "jürgen");
    assertThat(users.named("alice").orElseThrow().caller())
        .satisfies(
            caller -> {
              assertThat(caller.project()).isEqualTo("lab");
              assertThat(caller.user()).isEqualTo("alice");
              assertThat(caller.roles()).containsExactlyInAnyOrder("admin", "member", "reader");
            });
    assertThat(users.named("bob").orElseThrow().caller())
        .satisfies(
            caller -> {
              assertThat(caller.project()).isNull();
              assertThat(caller.roles()).containsExactlyInAnyOrder("reader", "auditor");
            });
    assertThat(users.named("jürgen").orElseThrow().caller().roles()).isEmpty();
  }

  @Test
  void everyBadLineIsNamedWithoutItsHash() throws Exception {
    write(
        files.users(),
        String.join(
            "\n",
            "alice:" + HASH,
            "plain:hunter2-hunter2",
            "old:$apr1$hZXWbTxW$vWoKrfXmsx2PIZ9bbpYm/1",
            "older:abTk71qDTQKMY",
            "nothing",
            "alice:" + HASH,
            ":" + HASH,
            "many:" + HASH + ":x",
            " spaced:" + HASH));
    write(files.projects(), "alice:lab\nalice:lab:admin\nalice:lab:member\n:lab:admin\n");

    assertThatThrownBy(files::read)
        .asInstanceOf(type(BadUserFiles.class))
        .extracting(BadUserFiles::problems)
        .satisfies(
            problems -> {
              assertThat(problems).hasSize(11);
              assertThat(problems.subList(0, 3))
                  .allSatisfy(p -> assertThat(p).startsWith(files.projects() + ", line "));
              for (int line = 2; line <= 9; line++) {
                assertThat(problems.get(line + 1))
                    .startsWith(files.users() + ", line " + line + ": ")
                    .doesNotContain("hunter2", "vWoKr", "abTk7", HASH);
              }
            });
  }

  @Test
  void whatIsNotUtf8IsNamed() throws Exception {
    Files.write(
        files.users(),
        ("alice:" + HASH + "\nj\u00fcrgen:" + HASH).getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(files::read)
        .asInstanceOf(type(BadUserFiles.class))
        .extracting(BadUserFiles::problems)
        .isEqualTo(List.of(files.users() + ", line 2: it is not UTF-8"));
  }

  @Test
  void aFolderIsNoFileOfUsers() throws Exception {
    Files.createDirectory(files.users());

    assertThatThrownBy(files::read).isInstanceOf(BadUserFiles.class);
  }

  @Test
  void withoutFilesThereIsNobody() throws Exception {
    assertThat(files.read().all()).isEmpty();
    assertThat(files.read().verify("alice", new byte[0])).isEmpty();
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
  }
}
