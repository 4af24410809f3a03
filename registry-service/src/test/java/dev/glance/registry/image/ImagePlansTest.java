package dev.glance.registry.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageQuery.Filter;
import dev.glance.model.image.ImageQuery.Sort;
import dev.glance.model.image.ImageQuery.SortKey;
import dev.glance.model.registry.Scope;
import dev.glance.registry.EmbeddedDatabase;
import io.quarkus.test.TestTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How many rows PostgreSQL reads for a page: as many in a cloud of 20,000 images as in one of
 * 2,000. Clouds grow by projects of 20 images, beside one project that has a quarter of all. Many
 * have the same name, the same size, or none.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedDatabase.class)
class ImagePlansTest {
  private static final int PAGE = 25;

  /** A page from each of a few slices, twice that where every second image is left out. */
  private static final int MOST_ROWS_READ = 20 * PAGE;

  /** It names a statement on its fifth use. */
  private static final int CALLS_BEFORE_THE_SERVER_KEEPS_A_STATEMENT = 4;

  private static final String EXPLAIN = "EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, BUFFERS OFF) ";

  private static final Scope MEMBER = scope("project-1", false);
  private static final Scope MEMBER_OF_BIG = scope("big", false);
  private static final Scope ADMIN = scope("project-1", true);

  private static final String FILL =
      """
      INSERT INTO images (id, name, status, visibility, is_protected, is_hidden, owner, tags,
        min_disk, min_ram, container_format, disk_format, size, checksum, hash_algorithm, hash_value,
        properties, created_at, updated_at)
      SELECT gen_random_uuid(), CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 'same' ELSE 'image-' || n END,
        CASE WHEN n % 11 > 0 THEN 'active' ELSE 'queued' END,
        CASE n % 50 WHEN 3 THEN 'community'
          ELSE (ARRAY['public', 'public', 'private', 'shared'])[n % 4 + 1] END,
        false, n % 7 = 0, CASE n / 20 % 4 WHEN 0 THEN 'big' ELSE 'project-' || n / 20 END,
        ARRAY['frequent-' || n / 10 % 2, 'rare-' || n / 10], 0, 0,
        CASE WHEN n % 11 > 0 THEN (ARRAY['bare', 'bare', 'ovf'])[n % 3 + 1] END,
        CASE WHEN n % 11 > 0 THEN (ARRAY['raw', 'qcow2', 'qcow2', 'iso'])[n / 7 % 4 + 1] END,
        CASE WHEN n % 11 = 0 THEN NULL WHEN n % 5 = 1 THEN 1000000000000
          ELSE cast(n AS bigint) * 1048576 END, md5(cast(n AS text)), 'sha512', md5(cast(n + 1 AS text)),
        jsonb_build_object('frequent', cast(n / 10 % 2 AS text), 'rare', cast(n / 10 AS text),
          'single', cast(n AS text), 'others', repeat(md5(cast(n AS text)), 12)),
        now() - (:images - n) * interval '1 minute',
          now() - greatest(0, :images - n - n % 97) * interval '1 minute' - n * interval '1 ms'
      FROM generate_series(1, :images) n;

      INSERT INTO image_members (image_id, member, status)
      SELECT id, 'project-' || size / 10485760, 'accepted' FROM images
      WHERE visibility = 'shared' AND size IS NOT NULL;

      ANALYZE images;
      ANALYZE image_members
      """;

  @Inject EntityManager database;
  @Inject ImageRows rows;
  @Inject ImageRepository images;
  @Inject ObjectMapper json;

  @ParameterizedTest
  @ValueSource(ints = {2_000, 20_000})
  @TestTransaction
  void aPageReadsFewRowsOfAnyCloud(int images) {
    fill(images);

    Map<String, Integer> rowsRead = new LinkedHashMap<>();
    searches(images).forEach((name, search) -> rowsRead.put(name, rowsRead(search)));

    assertThat(rowsRead).allSatisfy((_, rows) -> assertThat(rows).isLessThan(MOST_ROWS_READ));
  }

  @Test
  @TestTransaction
  void aPlanMadeForAllValuesReadsFewRowsToo() {
    int images = 20_000;
    fill(images);

    Map<String, Integer> rowsRead = new LinkedHashMap<>();
    searches(images)
        .forEach(
            (name, search) -> {
              if (search.planning() == ImageRows.Planning.ONCE) {
                rowsRead.put(name, rowsReadWithOnePlan(search));
              }
            });

    assertThat(rowsRead).hasSizeGreaterThan(60);
    assertThat(rowsRead).allSatisfy((_, rows) -> assertThat(rows).isLessThan(MOST_ROWS_READ));
  }

  @Test
  @TestTransaction
  void aListWithoutFiltersIsPlannedOnce() {
    int limit = 17; // As nobody else has it.
    ImageQuery query = new ImageQuery(limit, null, List.of(), List.of(), false);
    for (int i = 0; i < CALLS_BEFORE_THE_SERVER_KEEPS_A_STATEMENT + 3; i++) {
      images.page(MEMBER, query);
    }

    Object[] plans =
        (Object[])
            database
                .createNativeQuery(
                    """
                    SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements
                    WHERE statement LIKE '%LIMIT 17'
                    """,
                    Object[].class)
                .getSingleResult();
    assertThat(plans[0].toString()).isEqualTo("3");
    assertThat(plans[1].toString()).isEqualTo("0");
  }

  /** Which also shows that the test above would miss an index. */
  @Test
  @TestTransaction
  void everyIndexIsNeeded() {
    int images = 20_000;
    fill(images);
    Map<String, ImageSearch> searches = searches(images);

    List<Object> unneeded = new ArrayList<>();
    for (Object index : indexes()) {
      execute("SAVEPOINT complete");
      execute("DROP INDEX pg_temp." + index);
      if (searches.values().stream().allMatch(search -> rowsRead(search) < MOST_ROWS_READ)) {
        unneeded.add(index);
      }
      execute("ROLLBACK TO complete");
    }

    assertThat(unneeded).isEmpty();
  }

  /** The first page and one far into the list, of each case. */
  private Map<String, ImageSearch> searches(int images) {
    Map<String, ImageSearch> searches = new LinkedHashMap<>();
    for (Case page : cases()) {
      searches.put(page + ", first page", page.search(PAGE));
      Image marker = imageBefore(page.search(images / 4), images / 4);
      if (marker != null) {
        ImageSearch later = page.search(PAGE);
        later.startAfter(marker);
        searches.put(page + ", a page far into it", later);
      }
    }
    return searches;
  }

  private record Case(Scope scope, List<Sort> sort, List<Filter> filters, boolean isHidden) {
    ImageSearch search(int limit) {
      return new ImageSearch(scope, new ImageQuery(limit, null, sort, filters, isHidden));
    }
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Scope scope : List.of(MEMBER, MEMBER_OF_BIG, ADMIN)) {
      cases.add(new Case(scope, List.of(), List.of(), false));
      cases.add(new Case(scope, List.of(), List.of(), true));
      for (Filter filter : filters()) {
        cases.add(new Case(scope, List.of(), List.of(filter), false));
      }
    }
    for (Scope scope : List.of(MEMBER, ADMIN)) {
      for (SortKey key : SortKey.values()) {
        cases.add(new Case(scope, List.of(new Sort(key, false)), List.of(), false));
        cases.add(
            new Case(
                scope,
                List.of(
                    new Sort(key, true),
                    new Sort(SortKey.CREATED_AT, true),
                    new Sort(SortKey.ID, true)),
                List.of(),
                false));
      }
    }
    // A slice that is a small part of all.
    cases.add(
        new Case(
            ADMIN,
            List.of(new Sort(SortKey.ID, true)),
            List.of(filter(Filter.Kind.BASE, "visibility", "community")),
            false));
    return cases;
  }

  private static List<Filter> filters() {
    return List.of(
        filter(Filter.Kind.BASE, "id", "00000000-0000-4000-8000-000000000000"),
        filter(Filter.Kind.BASE, "name", "image-702"),
        filter(Filter.Kind.BASE, "name", "none"),
        filter(Filter.Kind.BASE, "name", "image-702", "image-703", "none"),
        filter(Filter.Kind.BASE, "status", "active"),
        filter(Filter.Kind.BASE, "status", "queued"),
        filter(Filter.Kind.BASE, "status", "killed"),
        filter(Filter.Kind.BASE, "container_format", "ovf"),
        filter(Filter.Kind.BASE, "container_format", "none"),
        filter(Filter.Kind.BASE, "disk_format", "iso"),
        filter(Filter.Kind.BASE, "disk_format", "none"),
        filter(Filter.Kind.BASE, "disk_format", "iso", "raw"),
        filter(Filter.Kind.BASE, "size", String.valueOf(702L << 20)),
        filter(Filter.Kind.BASE, "owner", "project-1"),
        filter(Filter.Kind.BASE, "owner", "big"),
        filter(Filter.Kind.BASE, "owner", "none"),
        filter(Filter.Kind.BASE, "checksum", "none"),
        filter(Filter.Kind.BASE, "os_hash_value", "none"),
        filter(Filter.Kind.BASE, "visibility", "public"),
        filter(Filter.Kind.BASE, "visibility", "private"),
        filter(Filter.Kind.BASE, "visibility", "shared"),
        filter(Filter.Kind.BASE, "visibility", "community"),
        filter(Filter.Kind.BASE, "visibility", "public", "private", "shared", "community"),
        filter(Filter.Kind.MEMBER_STATUS, "member_status", "pending"),
        filter(Filter.Kind.MEMBER_STATUS, "member_status", "accepted", "pending", "rejected"),
        filter(Filter.Kind.PROPERTY, "frequent", "1"),
        filter(Filter.Kind.PROPERTY, "rare", "7"),
        filter(Filter.Kind.PROPERTY, "single", "701"),
        filter(Filter.Kind.PROPERTY, "rare", "none"),
        filter(Filter.Kind.TAGS, "tag", "frequent-1"),
        filter(Filter.Kind.TAGS, "tag", "rare-7"),
        filter(Filter.Kind.TAGS, "tag", "rare-7", "frequent-1"),
        filter(Filter.Kind.TAGS, "tag", "none"),
        filter(Filter.Kind.RANGE, "size", String.valueOf(701L << 20), String.valueOf(711L << 20)),
        filter(Filter.Kind.RANGE, "size", "1", ""),
        filter(Filter.Kind.RANGE, "created_at", "2099-01-01T00:00:00Z", ""),
        filter(Filter.Kind.RANGE, "created_at", "2001-01-01T00:00:00Z", ""),
        filter(Filter.Kind.RANGE, "updated_at", "2099-01-01T00:00:00Z", ""),
        filter(Filter.Kind.RANGE, "updated_at", "2001-01-01T00:00:00Z", ""),
        filter(Filter.Kind.RANGE, "updated_at", "", someTimeAgo()));
  }

  /** When few of the images were there. */
  private static String someTimeAgo() {
    return Instant.now().minus(Duration.ofHours(20)).toString();
  }

  private int rowsRead(ImageSearch search) {
    Query query = database.createNativeQuery(EXPLAIN + search.sql(), String.class);
    search.parameters().forEach(query::setParameter);
    return rowsRead(query);
  }

  /** The same of the plan that is made for all values. */
  private int rowsReadWithOnePlan(ImageSearch search) {
    String sql = search.sql();
    List<String> types = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (Map.Entry<String, Object> parameter : search.parameters().entrySet()) {
      types.add(type(parameter.getValue()));
      values.add(literal(parameter.getValue()));
      sql = sql.replaceAll(":" + parameter.getKey() + "\\b", "\\$" + types.size());
    }
    execute("PREPARE page" + listed(types) + " AS " + sql);
    execute("SET LOCAL plan_cache_mode = force_generic_plan");
    int rows =
        rowsRead(
            database.createNativeQuery(EXPLAIN + "EXECUTE page" + listed(values), String.class));
    execute("DEALLOCATE page");
    return rows;
  }

  private static String listed(List<String> parts) {
    return parts.isEmpty() ? "" : "(" + String.join(", ", parts) + ")";
  }

  private int rowsRead(Query explain) {
    try {
      return rowsRead(json.readTree((String) explain.getSingleResult()).get(0).get("Plan"));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static String type(Object value) {
    return switch (value) {
      case UUID _ -> "uuid";
      case Instant _ -> "timestamptz";
      case Long _ -> "bigint";
      case Boolean _ -> "boolean";
      case String[] _ -> "text[]";
      default -> "text";
    };
  }

  private static String literal(Object value) {
    return value instanceof String[] texts
        ? "ARRAY['" + String.join("', '", texts) + "']"
        : "'" + value + "'";
  }

  /** What scans found, the index entries of bitmaps included, and what they looked at in vain. */
  private static int rowsRead(JsonNode node) {
    int rows = 0;
    if (node.get("Node Type").asText().matches("(Seq|(Bitmap )?(Index|Heap)( Only)?) Scan")) {
      double each =
          node.get("Actual Rows").asDouble()
              + node.path("Rows Removed by Filter").asDouble()
              + node.path("Rows Removed by Index Recheck").asDouble();
      rows += (int) Math.ceil(each * node.get("Actual Loops").asInt());
    }
    for (JsonNode child : node.path("Plans")) {
      rows += rowsRead(child);
    }
    return rows;
  }

  /** The last of what is found, or null where that is less than was asked for. */
  private @Nullable Image imageBefore(ImageSearch search, int limit) {
    ImageRows.Statement statement =
        rows.statement("SELECT * FROM (" + search.sql() + ") found OFFSET " + (limit - 1));
    search.parameters().forEach(statement::with);
    return statement.first().orElse(null);
  }

  /** Tables of this test alone, which hide the others from its transaction. */
  private void fill(int images) {
    execute("CREATE TEMP TABLE images (LIKE public.images INCLUDING ALL) ON COMMIT DROP");
    execute(
        "CREATE TEMP TABLE image_members (LIKE public.image_members INCLUDING ALL) ON COMMIT DROP");
    for (String statement : FILL.split(";", -1)) {
      execute(statement.replace(":images", String.valueOf(images)));
    }
  }

  /** Those of lists, which is all but the keys and what quotas are summed from. */
  private List<?> indexes() {
    return database
        .createNativeQuery(
            """
            SELECT indexname FROM pg_indexes WHERE tablename IN ('images', 'image_members')
              AND schemaname = (SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema())
              AND indexname NOT LIKE '%pkey' AND indexdef NOT LIKE '%stored_bytes%'
            ORDER BY indexname
            """,
            String.class)
        .getResultList();
  }

  private void execute(String sql) {
    database.createNativeQuery(sql).executeUpdate();
  }

  private static Scope scope(String project, boolean isAdmin) {
    return new Scope(project, "user", List.of(isAdmin ? "admin" : "member"), isAdmin, false);
  }

  private static Filter filter(Filter.Kind kind, String name, String... values) {
    return new Filter(kind, name, List.of(values));
  }
}
