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
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.JobsApi.Job;
import dev.glance.model.registry.JobsApi.JobClaim;
import dev.glance.model.registry.JobsApi.JobKind;
import dev.glance.model.registry.Limits.StorageLimit;
import dev.glance.model.registry.UploadsApi.CopyResult;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import dev.glance.model.registry.UploadsApi.UploadResult;
import dev.glance.model.registry.UploadsApi.UploadStart;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every registry makes of images that are copied from one store to another. */
public abstract class CopyContract extends LocationContract {
  private static final Location NEAR = new Location("file:///near/a", Map.of("store", "near"));
  private static final Location FAR = new Location("rbd://f/p/a.2/snap", Map.of("store", "far"));

  private final String project = UUID.randomUUID().toString();
  private final Scope member = new Scope(project, "user", List.of("member"), false, false);

  @Test
  void aCopyAddsALocationAndLeavesAllElseAsItWas() {
    Image image = active();
    UploadKey key = startCopy(image, "far");
    assertThat(images().show(member, image.id())).isEqualTo(image);
    uploads().heartbeat(key.uploadId(), new UploadProgress(2));

    Image copied = uploads().commitCopy(key.uploadId(), result(image, FAR));

    assertThat(copied.locations()).containsExactly(NEAR, FAR);
    assertThat(copied.status()).isEqualTo(ImageStatus.ACTIVE);
    assertThat(copied.size()).isEqualTo(image.size());
    assertThat(copied.hashValue()).isEqualTo(image.hashValue());
    assertThat(copied.version()).isGreaterThan(image.version());
    assertThat(images().show(member, image.id())).isEqualTo(copied);
    assertThat(uploads().commitCopy(key.uploadId(), result(image, FAR))).isEqualTo(copied);
  }

  @Test
  void nothingElseHasTheNameOfACopy() {
    Image image = active();

    UploadKey first = startCopy(image, "far");
    UploadKey second = startCopy(image, "farther");

    assertThat(first.objectName()).isNotEqualTo(image.id());
    assertThat(second.objectName()).isNotIn(image.id(), first.objectName());
  }

  @Test
  void onlyImagesWithDataAreCopied() {
    Image queued = queued();
    assertRefused(ErrorCode.STATUS_CONFLICT, () -> startCopy(queued, "far"));
    Image deleted = active();
    images().delete(member, deleted.id());
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> startCopy(deleted, "far"));
  }

  @Test
  void aStoreGetsOneCopy() {
    Image image = active();
    assertRefused(ErrorCode.CONFLICT, () -> startCopy(image, "near"));
    UploadStart start = new UploadStart("far", "worker-1", null);
    UploadKey key = uploads().startCopy(member, image.id(), start).key();

    assertRefused(ErrorCode.CONFLICT, () -> startCopy(image, "far"));
    assertThat(uploads().startCopy(member, image.id(), start).key()).isEqualTo(key);
    uploads().commitCopy(key.uploadId(), result(image, FAR));
    assertRefused(ErrorCode.CONFLICT, () -> startCopy(image, "far"));
  }

  @Test
  void aCopyThatWasGivenUpLeavesTheImageAndAJobForWhatIsLeft() {
    Image image = active();
    UploadKey key = startCopy(image, "far");

    uploads().abort(key.uploadId(), new UploadFailure(false, "full"));

    assertThat(images().show(member, image.id())).isEqualTo(image);
    assertThat(discarded(image)).containsExactly(key);
    assertRefused(
        ErrorCode.UPLOAD_GONE, () -> uploads().commitCopy(key.uploadId(), result(image, FAR)));
    assertThat(startCopy(image, "far").objectName()).isNotEqualTo(key.objectName());
  }

  @Test
  void aCopyWhoseWriterIsSilentIsSwept() {
    Image image = active();
    UploadKey key = startCopy(image, "far");

    passTime(FakeRegistry.LEASE.plusSeconds(1));
    sweep();

    assertThat(images().show(member, image.id())).isEqualTo(image);
    assertThat(discarded(image)).containsExactly(key);
    assertRefused(
        ErrorCode.UPLOAD_GONE, () -> uploads().heartbeat(key.uploadId(), new UploadProgress(1)));
    assertRefused(
        ErrorCode.UPLOAD_GONE, () -> uploads().commitCopy(key.uploadId(), result(image, FAR)));
  }

  @Test
  void aCopyOfADeletedImageIsGone() {
    Image image = active();
    UploadKey key = startCopy(image, "far");

    images().delete(member, image.id());

    assertRefused(
        ErrorCode.UPLOAD_GONE, () -> uploads().heartbeat(key.uploadId(), new UploadProgress(1)));
    assertRefused(
        ErrorCode.UPLOAD_GONE, () -> uploads().commitCopy(key.uploadId(), result(image, FAR)));
    uploads().abort(key.uploadId(), new UploadFailure(false, "gone"));
    assertThat(discarded(image)).containsExactly(key);
  }

  @Test
  void whatIsNotTheImageAnyMoreIsNotAdded() {
    Image image = active();
    UploadKey key = startCopy(image, "far");

    for (CopyResult other :
        List.of(
            new CopyResult(FAR, 4, image.checksum(), image.hashAlgorithm(), image.hashValue()),
            new CopyResult(FAR, 3, "f".repeat(32), image.hashAlgorithm(), image.hashValue()),
            new CopyResult(FAR, 3, image.checksum(), image.hashAlgorithm(), null))) {
      assertRefused(ErrorCode.CONFLICT, () -> uploads().commitCopy(key.uploadId(), other));
    }

    assertThat(images().show(member, image.id()).locations()).containsExactly(NEAR);
  }

  @Test
  void aDeactivatedImageIsCopiedAndStaysDeactivated() {
    Image image = images().deactivate(member, active().id());
    Image deactivatedMeanwhile = active();
    UploadKey key = startCopy(image, "far");
    UploadKey other = startCopy(deactivatedMeanwhile, "far");
    images().deactivate(member, deactivatedMeanwhile.id());

    Image copied = uploads().commitCopy(key.uploadId(), result(image, FAR));
    Image copiedToo = uploads().commitCopy(other.uploadId(), result(deactivatedMeanwhile, FAR));

    for (Image each : List.of(copied, copiedToo)) {
      assertThat(each.status()).isEqualTo(ImageStatus.DEACTIVATED);
      assertThat(each.locations()).containsExactly(NEAR, FAR);
    }
  }

  @Test
  void anUploadIsNoCopyAndACopyNoUpload() {
    Image image = active();
    UploadKey copy = startCopy(image, "far");
    UploadKey upload =
        uploads().start(member, queued().id(), new UploadStart("near", "worker-1", null)).key();

    assertThatThrownBy(() -> uploads().commitCopy(upload.uploadId(), result(image, FAR)))
        .isInstanceOf(GlanceException.class);
    assertRefused(ErrorCode.UPLOAD_GONE, () -> uploads().commit(copy.uploadId(), uploaded(FAR)));

    assertThat(images().show(member, image.id())).isEqualTo(image);
  }

  @Test
  void aCopyNeedsRoomForTheWholeImage() {
    Image image = active();
    UploadStart tooMuch = start(5);

    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> uploads().startCopy(member, image.id(), tooMuch));

    UploadKey key = uploads().startCopy(member, image.id(), start(6)).key();
    assertThat(quotas().usage(project).storedBytes()).isEqualTo(6);
    uploads().commitCopy(key.uploadId(), result(image, FAR));
    assertThat(quotas().usage(project).storedBytes()).isEqualTo(6);
  }

  private UploadStart start(long limitBytes) {
    return new UploadStart(
        "far",
        "worker-1",
        null,
        new Limits(project, new StorageLimit("image_size_total", limitBytes), null, null));
  }

  private Image queued() {
    ImageAttributes attributes =
        new ImageAttributes(
            "x",
            Visibility.SHARED,
            false,
            false,
            project,
            List.of(),
            0,
            0,
            "bare",
            "raw",
            Map.of());
    return images().create(member, new NewImage(null, attributes));
  }

  private Image active() {
    UploadStart start = new UploadStart("near", "worker-1", null);
    String uploadId = uploads().start(member, queued().id(), start).key().uploadId();
    return uploads().commit(uploadId, uploaded(NEAR));
  }

  private static UploadResult uploaded(Location location) {
    return new UploadResult(location, 3, null, "a".repeat(32), "sha512", "b".repeat(128));
  }

  private UploadKey startCopy(Image image, String store) {
    return uploads().startCopy(member, image.id(), new UploadStart(store, "worker-1", null)).key();
  }

  private static CopyResult result(Image image, Location location) {
    return new CopyResult(location, 3, image.checksum(), image.hashAlgorithm(), image.hashValue());
  }

  private List<UploadKey> discarded(Image image) {
    return jobs().claim(new JobClaim("worker-1", 100)).stream()
        .filter(job -> job.imageId().equals(image.id()) && job.kind() == JobKind.DISCARD)
        .map(Job::uploadKey)
        .toList();
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GlanceException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }
}
