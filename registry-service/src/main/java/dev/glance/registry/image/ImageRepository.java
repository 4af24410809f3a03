package dev.glance.registry.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageId;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.registry.ImagesApi.ImageChange;
import dev.glance.model.registry.ImagesApi.NewImage;
import dev.glance.model.registry.ImagesApi.Relocation;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Scope;
import dev.glance.registry.RegistryConfig;
import dev.glance.registry.quota.QuotaRepository;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The statements on {@code images}. Each write is one conditional statement, so that whoever comes
 * second finds the condition false. What is one statement runs without a transaction around it:
 * that saves the round trips of its begin and end.
 *
 * <p>Lock order, for all that lock more than one thing: the project's quota, the image, then its
 * uploads, then jobs.
 */
@ApplicationScoped
public class ImageRepository {
  /** Who may know of an image {@code i} (API reference section 3.3); see {@link #bind}. */
  public static final String MAY_SEE =
      """
      (:admin
       OR i.visibility IN ('public', 'community')
       OR i.owner = :project
       OR (i.visibility = 'shared' AND EXISTS (
             SELECT FROM image_members m WHERE m.image_id = i.id AND m.member = :project)))
      """;

  /** What every client is spared: images out of sight since their delete. */
  static final String IS_VISIBLE = "i.deleted_at IS NULL";

  private final ImageRows rows;
  private final EntityManager database;
  private final QuotaRepository quotas;

  /** Replaces what users may write; more columns and more conditions go into the gaps. */
  private static final String UPDATE =
      """
      UPDATE images i SET name = :name, visibility = :visibility,
        is_protected = :protected, is_hidden = :hidden, owner = :owner, tags = :tags,
        min_disk = :minDisk, min_ram = :minRam, container_format = :containerFormat,
        disk_format = :diskFormat, properties = cast(:properties AS jsonb),
        updated_at = now(), version = version + 1 %s
      WHERE i.id = :id AND i.version = :version AND i.deleted_at IS NULL %s AND
      """
          + MAY_SEE
          + " RETURNING i.*";

  /**
   * The same with other locations. The outbox part reads the image as it was before: all parts of a
   * statement see the same rows.
   */
  private static final String RELOCATE =
      "WITH changed AS ("
          + UPDATE.formatted(
              """
              , status = 'active', locations = cast(:locations AS jsonb),
              size = coalesce(i.size, cast(:size AS bigint)),
              checksum = coalesce(i.checksum, cast(:checksum AS text)),
              hash_algorithm = coalesce(i.hash_algorithm, cast(:algorithm AS text)),
              hash_value = coalesce(i.hash_value, cast(:hash AS text)), last_failure = NULL
              """,
              "AND i.status IN ('queued', 'active')")
          + """
          ), removed AS (
            INSERT INTO jobs (kind, image_id, store, payload)
            SELECT 'delete', i.id, l -> 'metadata' ->> 'store', jsonb_build_object('location', l)
            FROM images i JOIN changed USING (id), jsonb_array_elements(i.locations) l
            WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(changed.locations) kept
                              WHERE kept ->> 'url' = l ->> 'url'))
          SELECT * FROM changed
          """;

  private final ObjectMapper json;

  /** How long after the delete of their image. */
  private final Duration bytesStay;

  ImageRepository(
      ImageRows rows,
      EntityManager database,
      QuotaRepository quotas,
      ObjectMapper json,
      RegistryConfig config) {
    this.rows = rows;
    this.database = database;
    this.quotas = quotas;
    this.json = json;
    this.bytesStay = config.delayedDelete();
  }

  /** Fills in the parameters that {@link #MAY_SEE} asks for. */
  public static Query bind(Query query, Scope scope) {
    return query
        .setParameter("admin", scope.isAdmin())
        .setParameter("project", Objects.requireNonNullElse(scope.project(), ImageRows.NO_PROJECT));
  }

  /** Empty when there is none, or none that the scope may know of. */
  Optional<Image> find(Scope scope, String id) {
    return ImageId.parse(id)
        .flatMap(
            key ->
                rows.statement(
                        "SELECT i.* FROM images i WHERE i.id = :id AND "
                            + IS_VISIBLE
                            + " AND "
                            + MAY_SEE)
                    .with(scope)
                    .with("id", key)
                    .first());
  }

  /** Empty when the id is or was taken. */
  Optional<Image> insert(UUID id, String shownId, NewImage image) {
    Limits limits = image.limits();
    if (limits == null || limits.images() == null) {
      return insert(id, shownId, image.attributes());
    }
    return QuarkusTransaction.joiningExisting()
        .call(
            () -> {
              quotas.lock(limits.project());
              Optional<Image> inserted = insert(id, shownId, image.attributes());
              // An image that is there already is told as that, which a repeated call relies on.
              inserted.ifPresent(_ -> quotas.requireImages(limits));
              return inserted;
            });
  }

  private Optional<Image> insert(UUID id, String shownId, ImageAttributes attributes) {
    return with(
            rows.statement(
                """
                INSERT INTO images (id, shown_id, name, status, visibility, is_protected, is_hidden,
                  owner, tags, min_disk, min_ram, container_format, disk_format, properties)
                VALUES (:id, nullif(:shown, cast(:id AS text)), :name, 'queued', :visibility,
                  :protected, :hidden, :owner, :tags, :minDisk, :minRam, :containerFormat,
                  :diskFormat, cast(:properties AS jsonb))
                ON CONFLICT (id) DO NOTHING
                RETURNING *
                """),
            attributes)
        .with("id", id)
        .with("shown", shownId)
        .first();
  }

  /** Empty when the image no longer has the version, or is not there for this scope. */
  Optional<Image> update(Scope scope, UUID id, ImageChange change) {
    Limits limits = change.limits();
    if (limits == null) {
      return write(scope, id, change);
    }
    return QuarkusTransaction.joiningExisting()
        .call(
            () -> {
              quotas.lock(limits.project());
              Optional<Image> given = write(scope, id, change);
              given.ifPresent(image -> requireLimits(image, limits));
              return given;
            });
  }

  /** What comes with the image must fit in what its new owner may have. */
  private void requireLimits(Image image, Limits limits) {
    quotas.requireImages(limits);
    boolean isSaving = image.status() == ImageStatus.SAVING;
    if (isSaving) {
      quotas.requireUploading(limits);
    }
    Long size = image.size();
    if (isSaving || size != null) {
      quotas.requireRoomForGift(limits, size == null ? 0 : size);
    }
  }

  private Optional<Image> write(Scope scope, UUID id, ImageChange change) {
    Relocation relocation = change.relocation();
    ImageRows.Statement statement =
        with(
                rows.statement(relocation == null ? UPDATE.formatted("", "") : RELOCATE),
                change.attributes())
            .with(scope)
            .with("id", id)
            .with("version", change.version());
    if (relocation != null) {
      statement
          .with("locations", write(relocation.locations()))
          .with("size", relocation.size())
          .with("checksum", relocation.checksum())
          .with("algorithm", relocation.hashAlgorithm())
          .with("hash", relocation.hashValue());
    }
    return statement.first();
  }

  /** Empty when the image has not the status {@code from}, or is not there for this scope. */
  Optional<Image> become(Scope scope, UUID id, ImageStatus from, ImageStatus to) {
    return rows.statement(
            """
                UPDATE images i SET status = :to, updated_at = now(), version = version + 1
                WHERE i.id = :id AND i.status = :from AND i.deleted_at IS NULL AND
                """
                + MAY_SEE
                + " RETURNING i.*")
        .with(scope)
        .with("id", id)
        .with("from", from.wireName())
        .with("to", to.wireName())
        .first();
  }

  /**
   * Moves the image out of sight, its bytes into the outbox, and tells an upload under way. False
   * when it is protected, has another version, or is not there for this scope.
   */
  @Transactional
  boolean delete(Scope scope, UUID id, @Nullable Long version) {
    int deleted =
        bind(
                database.createNativeQuery(
                    """
                    UPDATE images i SET former_status = status, status = 'deleted', deleted_at = now(),
                      updated_at = now(), version = version + 1
                    WHERE i.id = :id AND NOT i.is_protected AND i.deleted_at IS NULL
                      AND i.version = coalesce(cast(:version AS bigint), i.version) AND
                    """
                        + MAY_SEE),
                scope)
            .setParameter("id", id)
            .setParameter("version", version)
            .executeUpdate();
    if (deleted == 0) {
      return false;
    }
    // Statements of their own: an upload that started while the first waited for the row is only
    // seen by what comes after.
    database
        .createNativeQuery(
            """
            INSERT INTO jobs (kind, image_id, store, payload, due_at)
            SELECT 'delete', i.id, l -> 'metadata' ->> 'store', jsonb_build_object('location', l),
              now() + :delay * interval '1 millisecond'
            FROM images i, jsonb_array_elements(i.locations) l WHERE i.id = :id
            """)
        .setParameter("id", id)
        .setParameter("delay", bytesStay.toMillis())
        .executeUpdate();
    database
        .createNativeQuery(
            "UPDATE uploads SET state = 'gone' WHERE image_id = :id AND state = 'running'")
        .setParameter("id", id)
        .executeUpdate();
    return true;
  }

  /**
   * Makes a deleted image what it was before, its members included; in doubt nothing changes.
   *
   * @return empty when nothing is deleted under this id
   * @throws GlanceException {@code CONFLICT} when the removal of its bytes has begun, or there were
   *     none
   */
  @Transactional
  public Optional<Image> restore(UUID id) {
    List<?> locations =
        database
            .createNativeQuery(
                """
                SELECT jsonb_array_length(locations) FROM images
                WHERE id = :id AND deleted_at IS NOT NULL FOR UPDATE
                """)
            .setParameter("id", id)
            .getResultList();
    if (locations.isEmpty()) {
      return Optional.empty();
    }
    Object kept =
        database
            .createNativeQuery(
                "DELETE FROM jobs WHERE image_id = :id AND kind = 'delete' AND attempts = 0")
            .setParameter("id", id)
            .executeUpdate();
    if (kept.equals(0) || !kept.equals(locations.getFirst())) {
      // Takes the removals back with it.
      throw new GlanceException(
          ErrorCode.CONFLICT, "The bytes of image " + id + " are no longer all there");
    }
    return rows.statement(
            """
                UPDATE images SET status = former_status, former_status = NULL, deleted_at = NULL,
                  updated_at = now(), version = version + 1
                WHERE id = :id RETURNING *
                """)
        .with("id", id)
        .first();
  }

  /**
   * One page.
   *
   * @throws GlanceException when the marker names no image, or one outside the scope
   */
  List<Image> page(Scope scope, ImageQuery query) {
    ImageSearch search = new ImageSearch(scope, query);
    if (query.marker() != null) {
      search.startAfter(marker(scope, query.marker()));
    }
    ImageRows.Statement statement = rows.statement(search.sql()).planned(search.planning());
    search.parameters().forEach(statement::with);
    return statement.all();
  }

  private Image marker(Scope scope, String id) {
    return find(scope, id).orElseThrow(() -> noMarker(id));
  }

  /** Why there is no such marker for this scope: only then is it worth a second statement. */
  private GlanceException noMarker(String id) {
    boolean isThere =
        ImageId.parse(id)
            .flatMap(
                key ->
                    rows.statement("SELECT i.* FROM images i WHERE i.id = :id AND " + IS_VISIBLE)
                        .with("id", key)
                        .first())
            .isPresent();
    return isThere
        ? GlanceException.forbidden("Marker " + id + " is not yours to see")
        : new GlanceException(ErrorCode.MARKER_NOT_FOUND, "Marker " + id + " names no image");
  }

  private ImageRows.Statement with(ImageRows.Statement statement, ImageAttributes attributes) {
    return statement
        .with("name", attributes.name())
        .with("visibility", attributes.visibility().wireName())
        .with("protected", attributes.isProtected())
        .with("hidden", attributes.isHidden())
        .with("owner", attributes.owner())
        .with("tags", attributes.tags().toArray(String[]::new))
        .with("minDisk", attributes.minDisk())
        .with("minRam", attributes.minRam())
        .with("containerFormat", attributes.containerFormat())
        .with("diskFormat", attributes.diskFormat())
        .with("properties", write(attributes.properties()));
  }

  private String write(Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
