package dev.glance.api.auth.basic;

import dev.glance.api.auth.SecretSetting;
import io.smallrye.config.ConfigMapping;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Settings of the mode {@code http_basic}: where the users are. */
@ConfigMapping(prefix = "glance.auth.http-basic")
public interface BasicConfig {
  /** The htpasswd file. Default {@code users.htpasswd} in the data folder. */
  Optional<Path> usersFile();

  /**
   * The file of projects and roles. Default: beside the htpasswd file, with {@code .projects} at
   * the end of its name.
   */
  Optional<Path> projectsFile();

  /**
   * The password of a user {@code admin} of the project {@code admin}, beside those of the files:
   * for a container's first steps, or as its only user. Better kept in a file.
   */
  Optional<String> adminPassword();

  /** The file that holds the password of {@code admin}, read once at the start. */
  Optional<Path> adminPasswordFile();

  /**
   * What is wrong with the settings and the files, a sentence each.
   *
   * @param dataDir the service's data folder
   */
  static List<String> findings(BasicConfig config, Path dataDir) {
    List<String> findings =
        new ArrayList<>(
            SecretSetting.findings(
                "glance.auth.http-basic.admin-password",
                config.adminPassword(),
                config.adminPasswordFile()));
    if (!findings.isEmpty()) {
      return findings;
    }
    Optional<String> admin = SecretSetting.read(config.adminPassword(), config.adminPasswordFile());
    admin
        .flatMap(BasicConfig::adminPasswordProblem)
        .ifPresent(
            problem ->
                findings.add("The password of glance.auth.http-basic.admin-password " + problem));
    UserFiles files = UserFiles.of(config, dataDir);
    boolean isThere = Files.exists(files.users());
    if (!isThere && (admin.isEmpty() || config.usersFile().isPresent())) {
      findings.add(
          "glance.auth.mode is http_basic, but there is no file of users: "
              + files.users()
              + " (glance.auth.http-basic.users-file). `./glance user add NAME` makes it");
      return findings;
    }
    try {
      Users users = files.read();
      if (users.all().isEmpty() && admin.isEmpty()) {
        findings.add("There is no user in " + files.users() + ", so nobody could call");
      }
      if (admin.isPresent() && users.named(BasicAuthenticator.ADMIN).isPresent()) {
        findings.add(
            "The user admin is in "
                + files.users()
                + " and has a glance.auth.http-basic.admin-password too; one of them is enough");
      }
    } catch (BadUserFiles e) {
      findings.addAll(e.problems());
    }
    return findings;
  }

  private static Optional<String> adminPasswordProblem(String password) {
    if (password.length() < 8) {
      return Optional.of("is shorter than 8 characters");
    }
    return password.getBytes(StandardCharsets.UTF_8).length > PasswordHash.BCRYPT_MAX_BYTES
        ? Optional.of("is longer than the 72 bytes that bcrypt takes")
        : Optional.empty();
  }
}
