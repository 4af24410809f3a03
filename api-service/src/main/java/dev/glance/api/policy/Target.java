package dev.glance.api.policy;

import org.jspecify.annotations.Nullable;

/** What a call is about, as check strings see it: {@code %(name)s} stands for a value of it. */
@FunctionalInterface
public interface Target {
  /** Nothing in particular. */
  Target NONE = _ -> null;

  /** The value of what the target has but is not set. Only {@code None:%(name)s} is equal to it. */
  Object UNSET =
      new Object() {
        @Override
        public String toString() {
          return "None";
        }
      };

  /**
   * One value.
   *
   * @return null when the target has nothing of this name: a check that asks for it fails
   */
  @Nullable Object get(String name);

  /** The target of a call about something that a project owns, and that may have a visibility. */
  static Target of(@Nullable String owner, @Nullable String visibility) {
    return name ->
        switch (name) {
          case "project_id", "owner" -> owner == null ? UNSET : owner;
          case "visibility" -> visibility;
          default -> null;
        };
  }
}
