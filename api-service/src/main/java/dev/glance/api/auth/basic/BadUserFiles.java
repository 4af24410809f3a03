package dev.glance.api.auth.basic;

import java.io.Serial;
import java.util.List;

/** The files of users cannot be used. */
final class BadUserFiles extends Exception {
  @Serial private static final long serialVersionUID = 1;

  private final transient List<String> problems;

  /**
   * @param problems each with its file and line, without any hash
   */
  BadUserFiles(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, each with its file and line. */
  List<String> problems() {
    return problems;
  }
}
