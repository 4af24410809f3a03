package dev.glance.model.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The status graph against the table of API reference section 3.2, in the table's own words. */
class ImageStatusTest {
  private static final Map<String, Set<String>> TABLE =
      Map.of(
          "queued", Set.of("saving", "uploading", "importing", "active", "deleted"),
          "saving", Set.of("active", "killed", "deleted", "queued"),
          "uploading", Set.of("importing", "queued", "deleted"),
          "importing", Set.of("active", "deleted", "queued"),
          "active", Set.of("pending_delete", "deleted", "deactivated"),
          "killed", Set.of("deleted"),
          "pending_delete", Set.of("deleted", "active"),
          "deactivated", Set.of("active", "deleted"),
          "deleted", Set.of());

  @Property
  void graphIsTheTable(@ForAll ImageStatus from, @ForAll ImageStatus next) {
    assertThat(from.canBecome(next))
        .isEqualTo(TABLE.getOrDefault(from.wireName(), Set.of()).contains(next.wireName()));
  }

  @Property
  void deletedIsForEver(@ForAll List<ImageStatus> path) {
    ImageStatus status = ImageStatus.QUEUED;
    boolean wasDeleted = false;
    for (ImageStatus next : path) {
      if (status.canBecome(next)) {
        assertThat(wasDeleted).isFalse();
        status = next;
      }
      wasDeleted |= status == ImageStatus.DELETED;
    }
  }

  @Property
  void wireNamesReadBack(@ForAll ImageStatus status, @ForAll Visibility visibility) {
    assertThat(ImageStatus.of(status.wireName())).isEqualTo(status);
    assertThat(Visibility.of(visibility.wireName())).isEqualTo(visibility);
  }

  @Test
  void unknownWireNameIsRefused() {
    assertThatThrownBy(() -> ImageStatus.of("QUEUED")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Visibility.of("secret")).isInstanceOf(IllegalArgumentException.class);
  }
}
