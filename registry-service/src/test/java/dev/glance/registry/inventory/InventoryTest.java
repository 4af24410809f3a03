package dev.glance.registry.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.Location;
import dev.glance.model.image.Visibility;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.InventoryApi;
import dev.glance.model.registry.InventoryApi.Known;
import dev.glance.model.registry.JobsApi;
import dev.glance.model.registry.JobsApi.JobClaim;
import dev.glance.model.registry.MembersApi;
import dev.glance.model.registry.MembersApi.NewMember;
import dev.glance.model.registry.QuotasApi;
import dev.glance.model.registry.QuotasApi.Usage;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.UploadsApi;
import dev.glance.model.registry.UploadsApi.UploadResult;
import dev.glance.model.registry.UploadsApi.UploadStart;
import dev.glance.registry.EmbeddedDatabase;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What operators see of image bytes, where deleted ones are kept for an hour. */
@QuarkusTest
@TestProfile(InventoryTest.DelayedDelete.class)
@QuarkusTestResource(EmbeddedDatabase.class)
class InventoryTest {
  private static final Scope SERVICE = Scope.service();

  @Inject InventoryApi inventory;
  @Inject ImagesApi images;
  @Inject MembersApi members;
  @Inject UploadsApi uploads;
  @Inject JobsApi jobs;
  @Inject QuotasApi quotas;
  @Inject DataSource database;
  @Inject EntityManager session;

  /** The setting under test. */
  public static final class DelayedDelete implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("glance.registry.delayed-delete", "1h");
    }
  }

  @Test
  void aDeletedImageComesBackWithAllThatItHad() {
    Image image = active();
    members.add(SERVICE, image.id(), new NewMember("friend", null));
    Image deactivated = images.deactivate(SERVICE, image.id());
    images.delete(SERVICE, image.id());

    assertThat(known(image)).isEqualTo(new Known(image.id(), List.of(), true));
    assertThat(jobs.claim(new JobClaim("w", 100)))
        .noneMatch(job -> job.imageId().equals(image.id()));
    Image restored = inventory.restore(image.id());

    assertThat(restored)
        .usingRecursiveComparison()
        .ignoringFields("version", "updatedAt")
        .isEqualTo(deactivated);
    // A request of its own would have a session of its own.
    session.clear();
    assertThat(images.show(SERVICE, image.id())).isEqualTo(restored);
    assertThat(members.list(SERVICE, image.id())).hasSize(1);
    assertThat(known(image)).isEqualTo(new Known(image.id(), image.locations(), false));
    passAnHour();
    assertThat(jobs.claim(new JobClaim("w", 100)))
        .noneMatch(job -> job.imageId().equals(image.id()));
  }

  @Test
  void whoseBytesAreOnTheirWayOutStaysDeleted() {
    Image image = active();
    images.delete(SERVICE, image.id());
    passAnHour();
    assertThat(jobs.claim(new JobClaim("w", 100)))
        .anyMatch(job -> job.imageId().equals(image.id()));

    assertRefused(ErrorCode.CONFLICT, image.id());

    assertRefused(ErrorCode.IMAGE_NOT_FOUND, () -> images.show(SERVICE, image.id()));
    assertThat(known(image).isInMotion()).isTrue();
  }

  @Test
  void aDeletedImageTakesNothingOfTheQuotaUntilItIsBack() {
    Image image = active();
    Usage before = quotas.usage("p");
    images.delete(SERVICE, image.id());
    assertThat(quotas.usage("p"))
        .isEqualTo(
            new Usage(
                before.storedBytes() - 3,
                before.stagedBytes(),
                before.images() - 1,
                before.uploading()));

    inventory.restore(image.id());

    assertThat(quotas.usage("p")).isEqualTo(before);
  }

  @Test
  void onlyADeletedImageWithBytesCanComeBack() {
    Image queued = create();
    images.delete(SERVICE, queued.id());

    assertRefused(ErrorCode.CONFLICT, queued.id());
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, active().id());
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, UUID.randomUUID().toString());
    assertRefused(ErrorCode.IMAGE_NOT_FOUND, "no id");
  }

  @Test
  void anUploadUnderWayIsMotionAndTheUnknownIsMissing() {
    Image image = create();
    UUID never = UUID.randomUUID();
    start(image);

    assertThat(inventory.known(List.of(image.id(), never.toString(), "no id")))
        .containsExactly(new Known(image.id(), List.of(), true));
  }

  @Test
  void pagesLeadThroughEveryImageWithDataOnce() {
    List<String> expected = List.of(active().id(), active().id(), active().id());
    create();
    List<String> seen = new ArrayList<>();
    String last = null;
    List<Image> page;
    do {
      page = inventory.withData(last, 2);
      for (Image image : page) {
        assertThat(image.locations()).isNotEmpty();
        seen.add(image.id());
        last = image.id();
      }
    } while (page.size() == 2);

    assertThat(seen).doesNotHaveDuplicates().containsAll(expected);
    assertThatThrownBy(() -> inventory.withData("no id", 2)).isInstanceOf(GlanceException.class);
    assertThatThrownBy(() -> inventory.withData(null, 0)).isInstanceOf(GlanceException.class);
  }

  private Known known(Image image) {
    return inventory.known(List.of(image.id())).getFirst();
  }

  private Image create() {
    return images.create(
        SERVICE,
        new NewImage(
            null,
            new ImageAttributes(
                "n",
                Visibility.SHARED,
                false,
                false,
                "p",
                List.of("t"),
                0,
                0,
                "bare",
                "raw",
                Map.of("k", "v"))));
  }

  private Image active() {
    Image image = create();
    Location location = new Location("file:///images/" + image.id(), Map.of("store", "file"));
    return uploads.commit(start(image), new UploadResult(location, 3, null, "c", "sha512", "h"));
  }

  private String start(Image image) {
    return uploads
        .start(SERVICE, image.id(), new UploadStart("file", "worker", null))
        .key()
        .uploadId();
  }

  private void passAnHour() {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("UPDATE jobs SET due_at = due_at - interval '1 hour'");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private void assertRefused(ErrorCode code, String id) {
    assertRefused(code, () -> inventory.restore(id));
  }

  private static void assertRefused(ErrorCode code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            GlanceException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }
}
