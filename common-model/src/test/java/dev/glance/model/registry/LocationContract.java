package dev.glance.model.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi.ImageChange;
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.ImagesApi.Relocation;
import dev.glance.model.registry.JobsApi.Job;
import dev.glance.model.registry.JobsApi.JobClaim;
import dev.glance.model.registry.JobsApi.JobKind;
import dev.glance.model.registry.Limits.StorageLimit;
import dev.glance.model.registry.UploadsApi.UploadStart;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every registry makes of the locations that users give and take away. */
public abstract class LocationContract extends QuotaContract {
  private static final Location FIRST = new Location("http://h/1", Map.of("store", "web"));
  private static final Location SECOND = new Location("http://h/2", Map.of("a", List.of("b", 1)));

  private final String project = UUID.randomUUID().toString();
  private final Scope member = new Scope(project, "user", List.of("member"), false, false);

  /** The job calls of the registry under test. */
  protected abstract JobsApi jobs();

  @Test
  void aQueuedImageBecomesActiveByItsFirstLocation() {
    Image queued = create();

    Image active =
        relocate(queued, new Relocation(List.of(FIRST), 7L, "c".repeat(32), "sha512", "ab"));

    assertThat(active.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(active.locations()).containsExactly(FIRST);
    assertThat(active.size()).isEqualTo(7);
    assertThat(active.virtualSize()).isNull();
    assertThat(active.checksum()).isEqualTo("c".repeat(32));
    assertThat(active.hashAlgorithm()).isEqualTo("sha512");
    assertThat(active.hashValue()).isEqualTo("ab");
    assertThat(active.version()).isGreaterThan(queued.version());
    assertThat(images().show(member, active.id())).isEqualTo(active);
    assertThat(deletions(active)).isEmpty();
  }

  @Test
  void whatTheImageHasOfSizeAndDigestsStays() {
    Image image = relocate(create(), new Relocation(List.of(FIRST), 7L, "a", "md5", "b"));

    Image again = relocate(image, new Relocation(List.of(SECOND, FIRST), 8L, "x", "y", "z"));

    assertThat(again.locations()).containsExactly(SECOND, FIRST);
    assertThat(again.size()).isEqualTo(7);
    assertThat(again.checksum()).isEqualTo("a");
    assertThat(again.hashAlgorithm()).isEqualTo("md5");
    assertThat(again.hashValue()).isEqualTo("b");
  }

  @Test
  void theBytesOfARemovedLocationGoThroughTheOutbox() {
    Image image = relocate(create(), to(FIRST, SECOND));

    relocate(image, to(SECOND));

    assertThat(deletions(image)).containsExactly(FIRST);
  }

  @Test
  void aUrlThatIsStillUsedKeepsItsBytes() {
    Location same = new Location(FIRST.url(), Map.of("other", "metadata"));
    Image image = relocate(create(), to(FIRST, same));

    image = relocate(image, to(same));
    image = relocate(image, to(FIRST));

    assertThat(image.locations()).containsExactly(FIRST);
    assertThat(deletions(image)).isEmpty();
  }

  @Test
  void attributesAndLocationsChangeTogetherOrNotAtAll() {
    Image image = create();
    ImageAttributes renamed = attributes("renamed");

    Image changed =
        images()
            .update(member, image.id(), new ImageChange(image.version(), renamed, null, to(FIRST)));

    assertThat(changed.name()).isEqualTo("renamed");
    assertThat(changed.locations()).containsExactly(FIRST);
    assertRefused(
        ErrorCode.VERSION_CONFLICT,
        () ->
            images()
                .update(
                    member,
                    image.id(),
                    new ImageChange(image.version(), attributes("late"), null, to(SECOND))));
    assertThat(images().show(member, image.id())).isEqualTo(changed);
    assertThat(deletions(image)).isEmpty();
  }

  @Test
  void anImageThatTakesDataOrIsWithheldGetsNoLocation() {
    Image saving = create();
    uploads().start(member, saving.id(), new UploadStart("file", "w", null));
    Image active = relocate(create(), to(FIRST));
    images().deactivate(member, active.id());

    for (Image image : List.of(saving, active)) {
      Image now = images().show(member, image.id());
      assertRefused(ErrorCode.STATUS_CONFLICT, () -> relocate(now, to(SECOND)));
      assertThat(images().show(member, image.id())).isEqualTo(now);
    }
  }

  @Test
  void anImageOutOfSightGetsNoLocation() {
    Image image = create();
    Scope stranger = new Scope("other", "user", List.of("member"), false, false);
    ImageChange change =
        new ImageChange(image.version(), ImageAttributes.of(image), null, to(FIRST));

    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().update(stranger, image.id(), change));
    images().delete(member, image.id());
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images().update(member, image.id(), change));
  }

  @Test
  void locationsCountAgainstTheStorageLimit() {
    Limits limits = new Limits(project, new StorageLimit("user_storage_quota", 10), null, null);
    Image image = create();
    Relocation one = new Relocation(List.of(FIRST), 6L, null, null, null);

    Image active =
        images()
            .update(
                member,
                image.id(),
                new ImageChange(image.version(), ImageAttributes.of(image), limits, one));

    assertThat(quotas().usage(project).storedBytes()).isEqualTo(6);
    assertRefused(
        ErrorCode.LIMIT_EXCEEDED,
        () ->
            images()
                .update(
                    member,
                    image.id(),
                    new ImageChange(
                        active.version(), ImageAttributes.of(active), limits, to(FIRST, SECOND))));
    assertThat(images().show(member, image.id())).isEqualTo(active);
  }

  private List<Location> deletions(Image image) {
    return jobs().claim(new JobClaim("locations", 100)).stream()
        .filter(job -> job.imageId().equals(image.id()) && job.kind() == JobKind.DELETE)
        .map(Job::location)
        .toList();
  }

  private Image create() {
    return images().create(member, new NewImage(null, attributes("x")));
  }

  private Image relocate(Image image, Relocation relocation) {
    return images()
        .update(
            member,
            image.id(),
            new ImageChange(image.version(), ImageAttributes.of(image), null, relocation));
  }

  private static Relocation to(Location... locations) {
    return new Relocation(List.of(locations), null, null, null, null);
  }

  private ImageAttributes attributes(String name) {
    return new ImageAttributes(
        name, Visibility.PRIVATE, false, false, project, List.of(), 0, 0, "bare", "raw", Map.of());
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(GlanceException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
