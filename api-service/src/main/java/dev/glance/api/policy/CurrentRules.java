package dev.glance.api.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The rules in force, read again when the policy file has changed. Whoever asks looks at the file,
 * at most once a second, so that there is no thread to watch it.
 */
final class CurrentRules {
  static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(CurrentRules.class);

  private final @Nullable Path file;
  private final boolean isNewOnly;
  private final LongSupplier nanoTime;
  private final AtomicLong lookedAt;
  private volatile Version version;
  private volatile RuleSet rules;

  /** What tells two versions of a file apart; all null when it cannot be looked at. */
  private record Version(
      @Nullable FileTime modified, @Nullable Long size, @Nullable Object fileKey) {
    static Version of(@Nullable Path file) {
      if (file != null) {
        try {
          BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
          return new Version(is.lastModifiedTime(), is.size(), is.fileKey());
        } catch (IOException _) {
          // Reading it gives the reason.
        }
      }
      return new Version(null, null, null);
    }
  }

  /**
   * Reads the rules.
   *
   * @param file null for the defaults alone
   * @throws PolicyException when there are none to be had from the file
   */
  CurrentRules(@Nullable Path file, boolean isNewOnly, LongSupplier nanoTime) {
    this.file = file;
    this.isNewOnly = isNewOnly;
    this.nanoTime = nanoTime;
    this.lookedAt = new AtomicLong(nanoTime.getAsLong());
    // Before the content: what is written in between is another version then.
    this.version = Version.of(file);
    this.rules = load(file, isNewOnly);
  }

  /**
   * Reads rules.
   *
   * @throws PolicyException when the file is wrong
   */
  static RuleSet load(@Nullable Path file, boolean isNewOnly) {
    return RuleSet.of(file == null ? Map.of() : PolicyFile.read(file), isNewOnly);
  }

  RuleSet get() {
    if (file != null) {
      long now = nanoTime.getAsLong();
      long before = lookedAt.get();
      if (now - before >= LOOK_EVERY.toNanos() && lookedAt.compareAndSet(before, now)) {
        look(file);
      }
    }
    return rules;
  }

  private void look(Path path) {
    Version found = Version.of(path);
    if (found.equals(version)) {
      return;
    }
    version = found;
    try {
      rules = load(path, isNewOnly);
      LOG.infof("the policy file %s has changed and was read again", path);
    } catch (PolicyException e) {
      LOG.errorf(
          "the policy file %s has changed, but the rules read before stay in force: %s",
          path, e.getMessage());
    }
  }
}
