package dev.glance.api.store.file;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithDefault;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code glance.stores.<name>.file.*}: directories that keep images (API reference section 6.4).
 */
public interface FileConfig {
  /**
   * The directory; made at the start when it is missing. Must be on a file system with hard links.
   * This or {@link #directories} is required for every configured file store; the built-in one uses
   * {@code <data-dir>/images}.
   */
  Optional<String> directory();

  /**
   * Several directories, each as {@code path} or {@code path:priority}: of those with room the one
   * with the highest priority takes an image, and among equals the one with the most room. Images
   * are found in all of them.
   */
  Optional<List<String>> directories();

  /**
   * Permissions of images, in octal, whatever the process's umask; whoever gets any may also reach
   * through the directory. Without it 640.
   */
  Optional<String> filePerm();

  /**
   * A file of upstream's {@code filesystem_store_metadata_file} form, an object with {@code id} and
   * {@code mountpoint} or a list of them: each new location below a mount point gets that object as
   * its metadata, by which Nova finds the directory if it mounts it as well.
   */
  Optional<Path> metadataFile();

  /**
   * Bytes kept free on the file system, so that whatever shares it (the embedded PostgreSQL, logs)
   * is never starved: an upload that would eat into them is refused with 413. Default 512 MiB; 0
   * switches the check off where the directory has a file system of its own.
   */
  @WithDefault("512M")
  MemorySize reserve();

  /**
   * How long the file system may take for one call before it counts as away, until a call comes
   * back. The longest call writes 256 MiB out. Default 60 s.
   */
  @WithDefault("60s")
  Duration timeout();

  /** {@code path:priority}, or a path alone. */
  Pattern PLACE = Pattern.compile("(.+?)(?::(\\d{1,9}))?");

  /** What is wrong with these settings, a sentence each that names the property. */
  static List<String> findings(String property, FileConfig config) {
    List<String> findings = new ArrayList<>();
    if (config.directory().isPresent() == config.directories().isPresent()) {
      findings.add(
          "either " + property + ".directory or .directories is required for a store of type file");
    }
    Set<Path> seen = new HashSet<>();
    places(config)
        .forEach(
            (place) -> {
              if (!seen.add(place.path())) {
                findings.add(property + ".directories names " + place.path() + " twice");
              }
            });
    if (config.filePerm().filter(perm -> !perm.matches("0*[4-7][0-7]{2}")).isPresent()) {
      findings.add(
          property + ".file-perm must be three octal digits that let the service read, as 640");
    }
    try {
      metadata(config);
    } catch (IOException | IllegalArgumentException e) {
      findings.add(property + ".metadata-file cannot be used: " + e.getMessage());
    }
    if (!config.timeout().isPositive()) {
      findings.add(property + ".timeout must be more than 0");
    }
    return findings;
  }

  /** A directory and its priority. */
  record Place(Path path, int priority) {}

  /** The directories, as they are given. */
  static List<Place> places(FileConfig config) {
    List<Place> places = new ArrayList<>();
    config.directory().ifPresent(path -> places.add(place(path, 0)));
    for (String value : config.directories().orElse(List.of())) {
      Matcher matcher = PLACE.matcher(value);
      if (matcher.matches()) {
        String priority = matcher.group(2);
        places.add(place(matcher.group(1), priority == null ? 0 : Integer.parseInt(priority)));
      }
    }
    return places;
  }

  private static Place place(String path, int priority) {
    return new Place(Path.of(path).toAbsolutePath().normalize(), priority);
  }

  /** The permissions that images are to have, where they are given. */
  static Optional<Set<PosixFilePermission>> permissions(FileConfig config) {
    return config
        .filePerm()
        .map(
            perm -> {
              int mode = Integer.parseInt(perm, 8);
              Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
              PosixFilePermission[] byBit = PosixFilePermission.values();
              for (int i = 0; i < byBit.length; i++) {
                if ((mode & (0400 >> i)) != 0) {
                  permissions.add(byBit[i]);
                }
              }
              return permissions;
            });
  }

  /**
   * The objects of the metadata file.
   *
   * @throws IllegalArgumentException when it does not have that form
   */
  static List<Map<String, Object>> metadata(FileConfig config) throws IOException {
    if (config.metadataFile().isEmpty()) {
      return List.of();
    }
    Path file = config.metadataFile().get();
    Object content;
    try {
      content = Json.decodeValue(Files.readString(file));
    } catch (DecodeException e) {
      throw new IllegalArgumentException(file + " is not JSON", e);
    }
    JsonArray list = content instanceof JsonArray array ? array : new JsonArray().add(content);
    List<Map<String, Object>> all = new ArrayList<>();
    for (Object each : list) {
      if (!(each instanceof JsonObject object
          && object.getValue("id") instanceof String
          && object.getValue("mountpoint") instanceof String)) {
        throw new IllegalArgumentException(
            file + " must hold objects with the strings id and mountpoint");
      }
      all.add(Map.copyOf(object.getMap()));
    }
    return all;
  }
}
