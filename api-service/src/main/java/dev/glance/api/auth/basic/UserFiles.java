package dev.glance.api.auth.basic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The two files that say who may call. {@code users} is an htpasswd file: {@code name:hash}, a line
 * each, which {@code htpasswd -B} can maintain. {@code projects} has a line {@code
 * name:project:role,role} for each name; without one, its user has no project and no role. Empty
 * lines and those that begin with # are skipped.
 */
record UserFiles(Path users, Path projects) {
  private static final int MAX_BYTES = 16 << 20;
  private static final int MAX_NAME_CHARS = 255;

  /** Where the settings put the files. */
  static UserFiles of(BasicConfig config, Path dataDir) {
    Path users = config.usersFile().orElseGet(() -> dataDir.resolve("users.htpasswd"));
    return new UserFiles(
        users,
        config
            .projectsFile()
            .orElseGet(() -> users.resolveSibling(users.getFileName() + ".projects")));
  }

  /** A line of a file, which begins at 1. */
  record Line(int number, String text) {}

  private record Membership(String project, Set<String> roles) {}

  /**
   * Reads both files. Neither needs to exist.
   *
   * @throws BadUserFiles names every bad line of both
   */
  Users read() throws BadUserFiles {
    List<String> problems = new ArrayList<>();
    Map<String, Membership> memberships = memberships(problems);
    Map<String, User> found = new HashMap<>();
    List<User> inOrder = new ArrayList<>();
    for (Line line : lines(users, problems)) {
      String[] fields = line.text().split(":", -1);
      String problem = null;
      if (fields.length != 2) {
        problem = fields.length < 2 ? "there is no colon" : "there is more than one colon";
      } else if (nameProblem(fields[0]).isPresent()) {
        problem = nameProblem(fields[0]).get();
      } else if (found.containsKey(fields[0])) {
        problem = "the name " + fields[0] + " is there twice";
      } else {
        try {
          Membership membership = memberships.getOrDefault(fields[0], new Membership("", Set.of()));
          User user =
              new User(
                  fields[0],
                  PasswordHash.parse(fields[1]),
                  membership.project().isEmpty() ? null : membership.project(),
                  membership.roles());
          found.put(user.name(), user);
          inOrder.add(user);
        } catch (IllegalArgumentException e) {
          problem = fields[0] + ": " + e.getMessage();
        }
      }
      if (problem != null) {
        problems.add(at(users, line) + problem);
      }
    }
    if (!problems.isEmpty()) {
      throw new BadUserFiles(problems);
    }
    return new Users(inOrder);
  }

  private Map<String, Membership> memberships(List<String> problems) {
    Map<String, Membership> memberships = new HashMap<>();
    for (Line line : lines(projects, problems)) {
      String[] fields = line.text().split(":", -1);
      if (fields.length != 3) {
        problems.add(at(projects, line) + "it is not name:project:roles");
        continue;
      }
      Set<String> roles =
          Arrays.stream(fields[2].split(","))
              .map(String::strip)
              .filter(role -> !role.isEmpty())
              .collect(Collectors.toUnmodifiableSet());
      Optional<String> problem =
          nameProblem(fields[0])
              .or(() -> fields[1].isEmpty() ? Optional.empty() : nameProblem(fields[1]))
              .or(
                  () ->
                      roles.stream()
                          .map(UserFiles::nameProblem)
                          .flatMap(Optional::stream)
                          .findFirst());
      if (problem.isPresent()) {
        problems.add(at(projects, line) + problem.get());
      } else if (memberships.put(fields[0], new Membership(fields[1], roles)) != null) {
        problems.add(at(projects, line) + "the name " + fields[0] + " is there twice");
      }
    }
    return memberships;
  }

  /** Why this can be no name of a user, a project or a role; empty if it can. */
  static Optional<String> nameProblem(String name) {
    if (name.isEmpty()) {
      return Optional.of("a name is empty");
    }
    if (name.length() > MAX_NAME_CHARS) {
      return Optional.of("a name has more than " + MAX_NAME_CHARS + " characters");
    }
    if (!name.strip().equals(name) || name.chars().anyMatch(Character::isISOControl)) {
      return Optional.of("a name begins or ends with a space, or has a control character");
    }
    if (name.startsWith("#")) {
      return Optional.of("a name begins with #");
    }
    return name.contains(":") ? Optional.of("a name has a colon") : Optional.empty();
  }

  private static String at(Path file, Line line) {
    return file + ", line " + line.number() + ": ";
  }

  /** The lines that say something. A file that is not there has none. */
  private static List<Line> lines(Path file, List<String> problems) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile() || attributes.size() > MAX_BYTES) {
        problems.add(file + " is no file of at most 16 MiB");
        return List.of();
      }
      return lines(file, Files.readAllBytes(file), problems);
    } catch (NoSuchFileException _) {
      return List.of();
    } catch (IOException _) {
      problems.add(file + " cannot be read");
      return List.of();
    }
  }

  private static List<Line> lines(Path file, byte[] content, List<String> problems) {
    List<Line> lines = new ArrayList<>();
    int number = 0;
    for (int begin = 0; begin < content.length; ) {
      int end = begin;
      while (end < content.length && content[end] != '\n') {
        end++;
      }
      number++;
      try {
        String text =
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(content, begin, end - begin))
                .toString();
        text = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        if (!text.isBlank() && !text.startsWith("#")) {
          lines.add(new Line(number, text));
        }
      } catch (CharacterCodingException _) {
        problems.add(file + ", line " + number + ": it is not UTF-8");
      }
      begin = end + 1;
    }
    return lines;
  }

  /** Those of the two that are not there. */
  Set<Path> absent() {
    return Stream.of(users, projects).filter(Files::notExists).collect(Collectors.toSet());
  }

  /** A stamp of both files that changes when either is written or replaced. */
  String stamp() {
    return stamp(users) + " " + stamp(projects);
  }

  private static String stamp(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.fileKey() + "," + attributes.size() + "," + attributes.lastModifiedTime();
    } catch (IOException e) {
      return e.getClass().getSimpleName();
    }
  }

  /** Keeps other writers out until it is closed. */
  WriteLock lock() throws IOException {
    return new WriteLock(users.resolveSibling("." + users.getFileName() + ".lock"));
  }

  /** Gives a user this hash, in the place of the one there is. */
  void putHash(String name, String hash) throws IOException {
    put(users, name, name + ":" + hash);
  }

  /** Gives a user this project and these roles, in the place of those there are. */
  void putProject(String name, String project, Set<String> roles) throws IOException {
    put(
        projects,
        name,
        name + ":" + project + ":" + String.join(",", roles.stream().sorted().toList()));
  }

  /** Removes a user from both files; from that of the passwords first, which locks the door. */
  void remove(String name) throws IOException {
    put(users, name, null);
    put(projects, name, null);
  }

  /** Replaces, adds or (null) removes the line of a name; all other lines stay as they are. */
  private static void put(Path file, String name, @Nullable String line) throws IOException {
    List<String> lines = new ArrayList<>();
    boolean isReplaced = line == null;
    for (String old : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
      if (!old.startsWith(name + ":")) {
        lines.add(old);
      } else if (line != null && !isReplaced) {
        lines.add(line);
        isReplaced = true;
      }
    }
    if (line != null && !isReplaced) {
      lines.add(line);
    }
    PrivateFile.replace(file, lines);
  }
}
