package dev.glance.api.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A secret that is given as a setting, or in a file that a setting names. */
public final class SecretSetting {
  private SecretSetting() {}

  /**
   * What is wrong with such a pair, a sentence each; nothing when neither is given.
   *
   * @param name the setting of the value; that of the file ends in {@code -file}
   */
  public static List<String> findings(String name, Optional<String> value, Optional<Path> file) {
    if (value.isPresent() && file.isPresent()) {
      return List.of("Both " + name + " and " + name + "-file are set; one of them is enough");
    }
    if (file.isPresent() && !Files.isReadable(file.get())) {
      return List.of(name + "-file names a file that cannot be read: " + file.get());
    }
    if (value.isPresent() || file.isPresent()) {
      try {
        if (read(value, file).orElseThrow().isEmpty()) {
          return List.of(
              name + (file.isPresent() ? "-file names a file that is empty" : " is empty"));
        }
      } catch (UncheckedIOException _) {
        return List.of(name + "-file names a file that is no text: " + file.orElseThrow());
      }
    }
    return List.of();
  }

  /** The secret without white space around it, or empty when neither is given. */
  public static Optional<String> read(Optional<String> value, Optional<Path> file) {
    return value.or(() -> file.map(SecretSetting::content)).map(String::strip);
  }

  private static String content(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
