package dev.glance.registry.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.model.error.GlanceException;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageQuery.Filter;
import dev.glance.model.image.ImageQuery.Sort;
import dev.glance.model.image.ImageQuery.SortKey;
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
import jakarta.persistence.Query;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the statements do inside PostgreSQL, which no call of the registry shows. */
@QuarkusTest
@QuarkusTestResource(EmbeddedDatabase.class)
class ImageStatementsTest {
  private static final int PAGE = 26;
  private static final Scope MEMBER =
      new Scope("project-1", "user", List.of("member"), false, false);
  private static final Pattern READ =
      Pattern.compile("actual rows=([0-9]+)|Rows Removed by Filter: ([0-9]+)");

  @Inject EntityManager database;
  @Inject AgroalDataSource pool;
  @Inject ImagesApi images;
  @Inject UploadsApi uploads;

  @Test
  @TestTransaction
  void pagesComeFromIndexes() {
    fill();

    assertReadsLittle(List.of(), List.of());
    assertReadsLittle(List.of(new Sort(SortKey.NAME, true)), List.of());
    assertReadsLittle(List.of(), List.of(filter(Filter.Kind.BASE, "name", "image-700")));
    assertReadsLittle(List.of(), List.of(filter(Filter.Kind.PROPERTY, "os_version", "7")));
    assertReadsLittle(List.of(), List.of(filter(Filter.Kind.TAGS, "tag", "tag-7")));
  }

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

  private void fill() {
    database
        .createNativeQuery(
            """
            INSERT INTO images (id, name, status, visibility, is_protected, is_hidden, owner, tags,
              min_disk, min_ram, properties, created_at)
            SELECT gen_random_uuid(), CASE WHEN n % 100 > 0 THEN 'image-' || n END, 'active',
              CASE n % 2 WHEN 0 THEN 'public' ELSE 'private' END, false, false,
              'project-' || n % 50, ARRAY['tag-' || n % 1000], 0, 0,
              jsonb_build_object('os_version', cast(n % 1000 AS text)),
              now() - n * interval '1 second'
            FROM generate_series(1, 20000) n
            """)
        .executeUpdate();
    database.createNativeQuery("ANALYZE images").executeUpdate();
  }

  private void assertReadsLittle(List<Sort> sort, List<Filter> filters) {
    ImageSearch search = new ImageSearch(MEMBER, new ImageQuery(PAGE, null, sort, filters, false));
    Query query =
        database.createNativeQuery(
            "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) " + search.sql(), String.class);
    search.parameters().forEach(query::setParameter);
    List<?> lines = query.getResultList();
    String plan = String.join("\n", lines.stream().map(String::valueOf).toList());

    assertThat(plan).doesNotContain("Seq Scan on images ");
    Matcher read = READ.matcher(plan);
    while (read.find()) {
      String rows = read.group(1) != null ? read.group(1) : read.group(2);
      assertThat(Integer.parseInt(rows)).as(plan).isLessThan(20 * PAGE);
    }
  }

  private static Filter filter(Filter.Kind kind, String name, String value) {
    return new Filter(kind, name, List.of(value));
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
