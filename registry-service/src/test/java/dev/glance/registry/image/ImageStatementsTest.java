package dev.glance.registry.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.model.error.GlanceException;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.UploadsApi;
import dev.glance.model.registry.UploadsApi.UploadStart;
import dev.glance.registry.ConnectionPool;
import dev.glance.registry.EmbeddedDatabase;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.TestTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the statements do inside PostgreSQL, which no call of the registry shows. */
@QuarkusTest
@QuarkusTestResource(EmbeddedDatabase.class)
class ImageStatementsTest {
  private static final Scope MEMBER =
      new Scope("project-1", "user", List.of("member"), false, false);

  @Inject EntityManager database;
  @Inject AgroalDataSource pool;
  @Inject ImagesApi images;
  @Inject UploadsApi uploads;

  @ParameterizedTest
  @EnumSource
  @TestTransaction
  void transitionsKeepToTheGraph(ImageStatus before) {
    UUID started = insert(before);
    try {
      uploads.start(MEMBER, started.toString(), new UploadStart("file", "worker", null));
    } catch (GlanceException _) {
      // Refused, which is the other right answer.
    }
    UUID deleted = insert(before);
    try {
      images.delete(MEMBER, deleted.toString(), null);
    } catch (GlanceException _) {
      // As above.
    }

    for (UUID id : List.of(started, deleted)) {
      ImageStatus after = status(id);
      assertThat(after == before || before.canBecome(after)).as(before + " " + after).isTrue();
    }
  }

  @Test
  void requestsDoNotWaitAsLongAsTheStart() {
    assertThat(pool.getConfiguration().connectionPoolConfiguration().acquisitionTimeout())
        .isEqualTo(ConnectionPool.REQUESTS_WAIT);
  }

  private UUID insert(ImageStatus status) {
    UUID id = UUID.randomUUID();
    database
        .createNativeQuery(
            """
            INSERT INTO images (id, status, visibility, is_protected, is_hidden, owner, tags,
              min_disk, min_ram, properties, deleted_at)
            VALUES (:id, :status, 'private', false, false, :owner, '{}', 0, 0, '{}',
              CASE WHEN :visible THEN NULL ELSE now() END)
            """)
        .setParameter("id", id)
        .setParameter("status", status.wireName())
        .setParameter("visible", status.isVisible())
        .setParameter("owner", MEMBER.project())
        .executeUpdate();
    return id;
  }

  private ImageStatus status(UUID id) {
    Object status =
        database
            .createNativeQuery("SELECT status FROM images WHERE id = :id", String.class)
            .setParameter("id", id)
            .getSingleResult();
    return ImageStatus.of(String.valueOf(status));
  }
}
