package dev.glance.api.store;

import java.util.List;

/**
 * Who may read an image besides the project whose it is.
 *
 * @param isEverybody every project, whatever {@code projects} says
 * @param projects their ids
 */
public record Readers(boolean isEverybody, List<String> projects) {
  public Readers {
    projects = List.copyOf(projects);
  }
}
