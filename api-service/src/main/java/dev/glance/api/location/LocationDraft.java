package dev.glance.api.location;

import com.fasterxml.jackson.databind.JsonNode;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.registry.ImagesApi.Relocation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The locations of one image while a request changes them, with what comes of that: size, digests
 * and status (API reference section 2.4). Refusals come in upstream's order.
 */
public final class LocationDraft {
  private static final String CHECKSUM = "checksum";
  private static final String ALGORITHM = "os_hash_algo";
  private static final String VALUE = "os_hash_value";

  private final Locations rules;
  private final List<Location> locations;
  private final @Nullable Long sizeBefore;

  /** Checksum, algorithm and value as the image has them, or null. */
  private final Map<String, @Nullable String> digests = new LinkedHashMap<>();

  private ImageStatus status;
  private @Nullable Long size;
  private boolean isChanged;
  private boolean isLarger;

  LocationDraft(Image image, Locations rules) {
    this.rules = rules;
    this.locations = new ArrayList<>(image.locations());
    this.status = image.status();
    this.sizeBefore = image.size();
    this.size = image.size();
    digests.put(CHECKSUM, image.checksum());
    digests.put(ALGORITHM, image.hashAlgorithm());
    digests.put(VALUE, image.hashValue());
  }

  /** The image's status by now: a queued one becomes active by its first location. */
  public ImageStatus status() {
    return status;
  }

  /**
   * Puts a location before the one at a position; {@code -} and what is beyond the end append.
   *
   * @param attributes the image's others by now
   */
  public void add(String position, JsonNode value, ImageAttributes attributes) {
    requireVisible("add");
    requireStatus("add", status == ImageStatus.ACTIVE || status == ImageStatus.QUEUED);
    NewLocation added = NewLocation.of(value);
    Map<String, String> news = newDigests(List.of(added));
    int index =
        index(position, locations.size())
            .map(at -> Math.min(at, locations.size()))
            .orElseThrow(() -> GlanceException.invalid("Invalid position for adding a location."));
    rules.requireRoom(locations.size() + 1);
    insert(index, added.location());
    activate(news, attributes);
  }

  /** Adds a location without asking whether users see any; used by the locations call. */
  void add(Location location, Map<String, String> news, ImageAttributes attributes) {
    rules.requireRoom(locations.size() + 1);
    insert(locations.size(), location);
    activate(news, attributes);
  }

  private void insert(int index, Location given) {
    long bytes = rules.size(given.url());
    Location location = rules.inStore(given);
    if (locations.contains(location)) {
      throw duplicate();
    }
    locations.add(index, location);
    isChanged = true;
    isLarger = true;
    size = Objects.requireNonNullElse(size, bytes);
  }

  /**
   * Replaces all locations: of an image without any by any, else by the same URLs in whatever order
   * and with whatever metadata.
   */
  public void replace(JsonNode values, ImageAttributes attributes) {
    requireVisible("update");
    requireStatus("replace", status == ImageStatus.ACTIVE || status == ImageStatus.QUEUED);
    List<NewLocation> given = new ArrayList<>();
    values.forEach(value -> given.add(NewLocation.of(value)));
    Map<String, String> news = newDigests(given);
    rules.requireRoom(given.size());
    List<Location> wanted = given.stream().map(NewLocation::location).map(rules::inStore).toList();
    if (!wanted.equals(locations)) {
      if (locations.isEmpty()) {
        for (Location each : wanted) {
          insert(locations.size(), each);
        }
      } else if (urls(wanted).equals(urls(locations))) {
        locations.clear();
        locations.addAll(wanted);
        isChanged = true;
      } else {
        throw GlanceException.invalid(
            "Original locations is not empty: the image has other locations.");
      }
    }
    activate(news, attributes);
  }

  private static List<String> urls(List<Location> locations) {
    return locations.stream().map(Location::url).sorted(Comparator.naturalOrder()).toList();
  }

  /** Takes the location at a position away, its bytes too; {@code -} is the last one. */
  public void remove(String position) {
    requireVisible("remove");
    requireStatus("remove", status == ImageStatus.ACTIVE);
    if (locations.size() == 1) {
      throw GlanceException.forbidden("Cannot remove last location in the image.");
    }
    int index =
        index(position, locations.size() - 1)
            .filter(at -> at < locations.size() && at >= 0)
            .orElseThrow(
                () -> GlanceException.invalid("Invalid position for removing a location."));
    locations.remove(index);
    isChanged = true;
  }

  /** What the registry is to do; null for nothing. */
  public @Nullable Relocation toRelocation() {
    return isChanged
        ? new Relocation(
            locations, size, digests.get(CHECKSUM), digests.get(ALGORITHM), digests.get(VALUE))
        : null;
  }

  /** Whether the image counts for more against its owner's storage than before. */
  public boolean takesRoom() {
    return isLarger || !Objects.equals(sizeBefore, size);
  }

  private void requireVisible(String doing) {
    if (!rules.areVisible()) {
      throw GlanceException.forbidden(
          "It's not allowed to " + doing + " locations if locations are invisible.");
    }
  }

  private void requireStatus(String doing, boolean isRight) {
    if (!isRight) {
      throw GlanceException.statusConflict(
          "It's not allowed to "
              + doing
              + " locations if image status is "
              + status.wireName()
              + ".");
    }
  }

  private void activate(Map<String, String> news, ImageAttributes attributes) {
    if (status == ImageStatus.QUEUED && isChanged) {
      List<String> missing = attributes.missingFormats();
      if (!missing.isEmpty()) {
        throw GlanceException.invalid(
            "Properties " + String.join(", ", missing) + " must be set prior to saving data.");
      }
      digests.putAll(news);
      status = ImageStatus.ACTIVE;
    }
  }

  /**
   * What clients say of the digests that the image does not have yet.
   *
   * @throws GlanceException {@code CONFLICT} when that cannot be
   */
  private Map<String, String> newDigests(List<NewLocation> given) {
    Map<String, String> said = new LinkedHashMap<>();
    for (NewLocation location : given) {
      ValidationData validation = location.validation();
      if (validation != null) {
        if (validation.checksum() != null) {
          say(said, CHECKSUM, validation.checksum());
        }
        say(said, ALGORITHM, validation.algorithm());
        say(said, VALUE, validation.value());
      }
    }
    Map<String, String> news = new LinkedHashMap<>();
    said.forEach(
        (name, value) -> {
          String current = digests.get(name);
          if (current == null) {
            news.put(name, value);
          } else if (!current.equals(value)) {
            throw conflict(name + " is already set with a different value");
          }
        });
    if (!news.isEmpty()) {
      check(news);
    }
    return news;
  }

  private static void say(Map<String, String> said, String name, String value) {
    String other = said.putIfAbsent(name, value);
    if (other != null && !other.equals(value)) {
      throw conflict("Conflicting values for " + name);
    }
  }

  private void check(Map<String, String> news) {
    if (status != ImageStatus.QUEUED) {
      throw conflict(
          "New value(s) for "
              + String.join(", ", news.keySet())
              + " may only be provided when image status is 'queued'");
    }
    String checksum = news.get(CHECKSUM);
    if (checksum != null && !ValidationData.isHex(checksum)) {
      throw conflict("checksum (" + checksum + ") is not a valid hexadecimal value");
    }
    String algorithm = rules.hashingAlgorithm();
    if (!algorithm.equals(news.get(ALGORITHM))) {
      throw conflict("os_hash_algo must be " + algorithm + ", not " + news.get(ALGORITHM));
    }
    String value = news.getOrDefault(VALUE, "");
    if (!ValidationData.isHex(value)) {
      throw conflict("os_hash_value (" + value + ") is not a valid hexadecimal value");
    }
    if (value.length() != ValidationData.hexLength(algorithm)) {
      throw conflict("os_hash_value (" + value + ") is not the correct size for " + algorithm);
    }
  }

  /**
   * @param end what {@code -} and what is beyond stand for
   */
  private static Optional<Integer> index(String position, int end) {
    if (position.equals("-")) {
      return Optional.of(end);
    }
    if (!position.matches("[0-9]+")) {
      return Optional.empty();
    }
    // More digits than any list has elements.
    return Optional.of(position.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(position));
  }

  private static GlanceException duplicate() {
    return GlanceException.invalid("The location is there already.");
  }

  private static GlanceException conflict(String message) {
    return new GlanceException(ErrorCode.CONFLICT, message);
  }
}
