package dev.glance.api.auth.basic;

import dev.glance.api.store.StoreDefaultsConfig;
import io.smallrye.config.SmallRyeConfig;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code ./glance user}: maintains the files of users. A running service notices by itself. */
public final class UserCommand {
  static final String USAGE =
      """
      Usage: glance user COMMAND
        add NAME [--project PROJECT] [--role ROLE]... [--password-stdin | --generate]
                      a new user; without --project of a project of the same name, without --role a member
        passwd NAME [--password-stdin | --generate]
                      another password
        list          names, projects, roles and kinds of hashes
        del NAME      the user is gone
      The password is asked for, read as a line (--password-stdin), or made up and printed (--generate).""";

  private static final int GENERATED_BYTES = 18;

  private final UserFiles files;
  private final BufferedReader in;
  private final PrintStream out;
  private final @Nullable Console console;

  /** How a command was meant. */
  private record Options(
      String name,
      Optional<String> project,
      Set<String> roles,
      boolean isStdin,
      boolean isMadeUp) {}

  UserCommand(UserFiles files, InputStream in, PrintStream out, @Nullable Console console) {
    this.files = files;
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    this.out = out;
    this.console = console;
  }

  /**
   * Runs one command on the files that the process's configuration names.
   *
   * @return the exit code
   */
  @SuppressWarnings("SystemOut")
  public static int run(SmallRyeConfig config, List<String> arguments) {
    UserFiles files =
        UserFiles.of(
            config.getConfigMapping(BasicConfig.class),
            config.getConfigMapping(StoreDefaultsConfig.class).dataDir());
    try {
      new UserCommand(files, System.in, System.out, System.console()).run(arguments);
      return 0;
    } catch (Refused e) {
      System.err.println("glance user: " + e.getMessage());
      return 1;
    } catch (BadUserFiles e) {
      System.err.println("glance user: first mend these lines:");
      e.problems().forEach(problem -> System.err.println("  " + problem));
      return 1;
    } catch (IOException e) {
      System.err.println("glance user: the files cannot be written: " + e);
      return 1;
    }
  }

  /** A command that makes no sense; the message is for whoever typed it. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  void run(List<String> arguments) throws Refused, BadUserFiles, IOException {
    String command = arguments.isEmpty() ? "help" : arguments.getFirst();
    List<String> rest = arguments.subList(Math.min(1, arguments.size()), arguments.size());
    switch (command) {
      case "add" -> add(options(rest));
      case "passwd" -> changePassword(options(rest));
      case "list" -> list(rest);
      case "del" -> delete(options(rest));
      case "help", "--help", "-h" -> out.println(USAGE);
      default -> throw new Refused("there is no command " + command + ".\n" + USAGE);
    }
  }

  private void add(Options options) throws Refused, BadUserFiles, IOException {
    refuseBadName(options.name());
    String project = options.project().orElse(options.name());
    refuseBadName(project);
    Set<String> roles = options.roles().isEmpty() ? Set.of("member") : options.roles();
    for (String role : roles) {
      refuseBadName(role);
      if (role.contains(",")) {
        throw new Refused("a role has a comma; give --role once for each.");
      }
    }
    if (files.read().named(options.name()).isPresent()) {
      throw new Refused("there is a user " + options.name() + " already.");
    }
    String hash = hash(options);
    try (var _ = files.lock()) {
      if (files.read().named(options.name()).isPresent()) {
        throw new Refused("there is a user " + options.name() + " already.");
      }
      // The project first: without it the user would be let in but could do nothing.
      files.putProject(options.name(), project, roles);
      files.putHash(options.name(), hash);
    }
    out.println(
        "User "
            + options.name()
            + " of project "
            + project
            + " is "
            + String.join(", ", roles.stream().sorted().toList())
            + ".");
  }

  private void changePassword(Options options) throws Refused, BadUserFiles, IOException {
    refuseUnknown(options.name());
    String hash = hash(options);
    try (var _ = files.lock()) {
      refuseUnknown(options.name());
      files.putHash(options.name(), hash);
    }
    out.println("User " + options.name() + " has another password.");
  }

  private void delete(Options options) throws Refused, BadUserFiles, IOException {
    try (var _ = files.lock()) {
      refuseUnknown(options.name());
      files.remove(options.name());
    }
    out.println("User " + options.name() + " is gone.");
  }

  private void list(List<String> rest) throws Refused, BadUserFiles {
    if (!rest.isEmpty()) {
      throw new Refused("list takes no more words.");
    }
    Users users = files.read();
    if (users.all().isEmpty()) {
      out.println("There is no user in " + files.users() + ".");
      return;
    }
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"NAME", "PROJECT", "ROLES", "HASH"});
    for (User user : users.all()) {
      rows.add(
          new String[] {
            user.name(),
            user.project() == null ? "-" : user.project(),
            user.roles().isEmpty()
                ? "-"
                : String.join(",", user.roles().stream().sorted().toList()),
            user.password().kind()
          });
    }
    int[] widths = new int[3];
    rows.forEach(row -> Arrays.setAll(widths, i -> Math.max(widths[i], row[i].length())));
    String format = "%-" + widths[0] + "s  %-" + widths[1] + "s  %-" + widths[2] + "s  %s%n";
    rows.forEach(row -> out.printf(format, (Object[]) row));
  }

  private void refuseUnknown(String name) throws Refused, BadUserFiles {
    if (files.read().named(name).isEmpty()) {
      throw new Refused("there is no user " + name + " in " + files.users() + ".");
    }
  }

  private static void refuseBadName(String name) throws Refused {
    Optional<String> problem = UserFiles.nameProblem(name);
    if (problem.isPresent()) {
      throw new Refused(problem.get() + ".");
    }
  }

  private static Options options(List<String> words) throws Refused {
    @Nullable String name = null;
    Optional<String> project = Optional.empty();
    List<String> roles = new ArrayList<>();
    boolean isStdin = false;
    boolean isMadeUp = false;
    for (var word = words.iterator(); word.hasNext(); ) {
      String option = word.next();
      switch (option) {
        case "--password-stdin" -> isStdin = true;
        case "--generate" -> isMadeUp = true;
        case "--project", "--role" -> {
          if (!word.hasNext()) {
            throw new Refused(option + " needs a value.");
          }
          String value = word.next();
          if (option.equals("--project")) {
            project = Optional.of(value);
          } else {
            roles.add(value);
          }
        }
        default -> {
          if (option.startsWith("--") || name != null) {
            throw new Refused("'" + option + "' is too much here.\n" + USAGE);
          }
          name = option;
        }
      }
    }
    if (name == null) {
      throw new Refused("which user? Give a name.");
    }
    if (isStdin && isMadeUp) {
      throw new Refused("--password-stdin and --generate exclude each other.");
    }
    return new Options(name, project, Set.copyOf(roles), isStdin, isMadeUp);
  }

  private String hash(Options options) throws Refused, IOException {
    String password = options.isMadeUp() ? madeUp() : options.isStdin() ? line() : asked();
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0) {
      throw new Refused("the password is empty.");
    }
    if (bytes.length > PasswordHash.BCRYPT_MAX_BYTES) {
      throw new Refused(
          "the password has "
              + bytes.length
              + " bytes; bcrypt looks at the first 72 only, so a longer one is refused.");
    }
    if (password.chars().anyMatch(Character::isISOControl)) {
      throw new Refused("the password has a control character, which no client could send.");
    }
    return PasswordHash.make(bytes, PasswordHash.BCRYPT_COST);
  }

  private String madeUp() {
    byte[] random = new byte[GENERATED_BYTES];
    new SecureRandom().nextBytes(random);
    String password = Base64.getUrlEncoder().encodeToString(random);
    out.println("Password: " + password);
    return password;
  }

  private String line() throws IOException {
    String line = in.readLine();
    return line == null ? "" : line;
  }

  private String asked() throws Refused {
    if (console == null || !console.isTerminal()) {
      throw new Refused(
          "there is no terminal to ask for the password; use --password-stdin or --generate.");
    }
    char[] first = console.readPassword("Password: ");
    char[] second = console.readPassword("Once more: ");
    if (first == null || !Arrays.equals(first, second)) {
      throw new Refused("the two are not the same.");
    }
    return new String(first);
  }
}
