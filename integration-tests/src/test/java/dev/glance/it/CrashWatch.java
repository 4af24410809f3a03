package dev.glance.it;

import dev.glance.it.RegistryProxy.Call;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Tells from outside which phases the clients' images are in: by what the clients do, what passes
 * between the services, and what is in the store's folder. Holds calls that matter up for a moment,
 * so that their phases are met.
 */
final class CrashWatch implements RegistryProxy.Tap {
  private static final Duration HELD_UP = Duration.ofMillis(15);
  private static final Pattern START = Pattern.compile("/uploads/images/([^/]+)");
  private static final Pattern COMMIT = Pattern.compile("/uploads/([^/]+)/commit");
  private static final Pattern UPLOAD_ID = Pattern.compile("\"uploadId\":\"([^\"]+)\"");

  private final Path store;

  /** How far the calls for an image have come since its upload began. */
  private final Map<String, CrashPhase> called = new ConcurrentHashMap<>();

  private final Map<String, String> imageOfUpload = new ConcurrentHashMap<>();

  /**
   * Watches a file store.
   *
   * @param store its folder
   */
  CrashWatch(Path store) {
    this.store = store;
  }

  @Override
  public void before(Call call) throws InterruptedException {
    Matcher start = START.matcher(call.path());
    Matcher commit = COMMIT.matcher(call.path());
    if (start.matches()) {
      Matcher uploadId = UPLOAD_ID.matcher(call.body());
      if (uploadId.find()) {
        imageOfUpload.put(uploadId.group(1), start.group(1));
      }
      called.put(start.group(1), CrashPhase.INTENT);
    } else if (commit.matches()) {
      called.put(imageOfUpload.getOrDefault(commit.group(1), ""), CrashPhase.COMMIT);
    }
    if (isHeldUp(call)) {
      Thread.sleep(HELD_UP);
    }
  }

  @Override
  public void after(Call call) throws InterruptedException {
    if (isHeldUp(call)) {
      Thread.sleep(HELD_UP);
    }
  }

  /** Between two rounds: what was called for so far belongs to uploads that have ended. */
  void forget() {
    called.clear();
    imageOfUpload.clear();
  }

  private static boolean isHeldUp(Call call) {
    return START.matcher(call.path()).matches()
        || COMMIT.matcher(call.path()).matches()
        || call.method().equals("DELETE");
  }

  /** The phases that at least one of these images is in now. */
  Set<CrashPhase> phases(List<CrashImage> images) {
    Set<CrashPhase> phases = EnumSet.noneOf(CrashPhase.class);
    List<Path> parts = files(store.resolve(".uploads"));
    List<Path> published = files(store);
    for (CrashImage image : images) {
      phase(image, parts, published).ifPresent(phases::add);
    }
    return phases;
  }

  private Optional<CrashPhase> phase(CrashImage image, List<Path> parts, List<Path> published) {
    Optional<Long> size = image.uploading();
    if (size.isEmpty()) {
      boolean isBeingDeleted =
          image.isDeleteAsked()
              && (!image.isDeleteAcknowledged() || of(image, published).isPresent());
      return isBeingDeleted ? Optional.of(CrashPhase.DELETE) : Optional.empty();
    }
    Optional<Path> part = of(image, parts);
    if (part.isPresent()) {
      return Optional.of(phase(part.get(), size.get()));
    }
    CrashPhase call = called.get(image.id);
    if (call == CrashPhase.INTENT && of(image, published).isPresent()) {
      return Optional.of(CrashPhase.PUBLISH);
    }
    return Optional.ofNullable(call);
  }

  private static CrashPhase phase(Path part, long size) {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(part, "unix:nlink,size", LinkOption.NOFOLLOW_LINKS);
      if (!Integer.valueOf(1).equals(attributes.get("nlink"))) {
        return CrashPhase.PUBLISH;
      }
      return Long.valueOf(size).equals(attributes.get("size"))
          ? CrashPhase.FSYNC
          : CrashPhase.WRITE;
    } catch (NoSuchFileException _) {
      return CrashPhase.PUBLISH;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> of(CrashImage image, List<Path> files) {
    return files.stream()
        .filter(file -> file.getFileName().toString().startsWith(image.id))
        .findFirst();
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
