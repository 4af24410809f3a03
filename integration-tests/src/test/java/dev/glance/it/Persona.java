package dev.glance.it;

import java.util.Locale;

/** Who calls in {@link ImageModelIT}: one person for each kind of right. */
enum Persona {
  ALICE("p1", "member,reader"),
  RITA("p1", "reader"),
  BOB("p2", "member,reader"),
  RAY("p2", "reader"),
  CAROL("p3", "member,reader"),
  ADMIN("ops", "admin,member,reader"),
  /** Works in p1, where a role of hers means nothing to images. */
  NORA("p1", "dancer");

  private final String project;
  // As the header has them.
  private final String roles;

  Persona(String project, String roles) {
    this.project = project;
    this.roles = roles;
  }

  String project() {
    return project;
  }

  boolean isAdmin() {
    return roles.contains("admin");
  }

  boolean isMember() {
    return roles.contains("member");
  }

  boolean isReader() {
    return roles.contains("reader");
  }

  /** The headers with which a trusted proxy says who calls, as names and values in turn. */
  String[] headers() {
    return new String[] {
      "X-Identity-Status",
      "Confirmed",
      "X-User-Id",
      name().toLowerCase(Locale.ROOT),
      "X-Project-Id",
      project,
      "X-Roles",
      roles
    };
  }
}
