package dev.glance.registry.upload;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Limits.StorageLimit;
import dev.glance.model.registry.Scope;
import dev.glance.model.registry.UploadsApi;
import dev.glance.model.registry.UploadsApi.CopyResult;
import dev.glance.model.registry.UploadsApi.UploadFailure;
import dev.glance.model.registry.UploadsApi.UploadLease;
import dev.glance.model.registry.UploadsApi.UploadProgress;
import dev.glance.model.registry.UploadsApi.UploadRenewal;
import dev.glance.model.registry.UploadsApi.UploadResult;
import dev.glance.model.registry.UploadsApi.UploadStart;
import dev.glance.model.registry.UploadsApi.WantedBytes;
import dev.glance.registry.RegistryConfig;
import dev.glance.registry.image.ImageRepository;
import dev.glance.registry.image.ImageRows;
import dev.glance.registry.quota.QuotaRepository;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The statements on {@code uploads}. An upload owns its image while the image is {@code saving} and
 * counts the same attempt; every transition asks for both. A copy is an upload whose image is
 * {@code active} or {@code deactivated}: it owns nothing but its row. The clock is the database's.
 *
 * <p>Lock order: the project's quota, the image, then its uploads, then jobs.
 */
@ApplicationScoped
public class UploadRepository implements PanacheRepositoryBase<UploadEntity, UUID> {
  private final Duration lease;
  private final ImageRows images;
  private final QuotaRepository quotas;
  private final ObjectMapper json;

  UploadRepository(
      RegistryConfig config, ImageRows images, QuotaRepository quotas, ObjectMapper json) {
    this.lease = config.lease();
    this.images = images;
    this.quotas = quotas;
    this.json = json;
  }

  /** Refuses what surely does not fit now, without keeping others waiting. */
  void requireRoom(UploadStart start) {
    Limits limits = start.limits();
    if (limits == null || limits.storage() == null) {
      return;
    }
    Long size = start.sizeBytes();
    long asked = size == null ? 1 : size;
    long room = quotas.room(limits.project(), limits.storage());
    if (asked > room) {
      throw quotas.storageExceeded(limits.project(), limits.storage(), room, asked);
    }
  }

  /** Empty when the image is not queued, not the limits' project's, or not there for this scope. */
  @Transactional
  Optional<UploadLease> start(Scope scope, UUID imageId, UploadStart start) {
    Limits limits = start.limits();
    if (limits == null) {
      return insert(scope, imageId, start, null).map(upload -> granted(upload, null));
    }
    quotas.lock(limits.project());
    StorageLimit storage = limits.storage();
    Long size = start.sizeBytes();
    Long whole = storage == null ? null : Objects.requireNonNullElse(size, 0L);
    return insert(scope, imageId, start, whole)
        .map(
            upload -> {
              quotas.requireUploading(limits);
              if (storage != null && size == null) {
                return granted(upload, reserveFirstStep(upload, limits, storage));
              }
              quotas.requireStorage(limits, whole == null ? 0 : whole);
              return granted(upload, whole);
            });
  }

  /** What this very start was granted before, if its writer has not learned of that. */
  Optional<UploadLease> held(UUID imageId, UUID uploadId) {
    return first(
            select(
                    """
                    SELECT * FROM uploads
                    WHERE upload_id = :upload AND image_id = :id AND state = 'running'
                    """)
                .setParameter("upload", uploadId)
                .setParameter("id", imageId))
        .map(upload -> granted(upload, upload.reservedBytes));
  }

  private Optional<UploadEntity> insert(
      Scope scope, UUID imageId, UploadStart start, @Nullable Long reservedBytes) {
    Limits limits = start.limits();
    return first(
        ImageRepository.bind(
                select(
                    """
                    WITH taken AS (
                      UPDATE images i SET status = 'saving', attempts = attempts + 1,
                        updated_at = now(), version = version + 1
                      WHERE i.id = :id AND i.status = 'queued'
                        AND (cast(:owner AS text) IS NULL OR i.owner = :owner) AND
                    """
                        + ImageRepository.MAY_SEE
                        + """
                       RETURNING i.*)
                    INSERT INTO uploads (upload_id, image_id, shown_image_id, store, worker, attempt, is_fenced,
                      size, reserved_bytes, lease_expires_at)
                    SELECT :upload, id, coalesce(shown_id, cast(id AS text)), :store, :worker, attempts,
                      is_fenced, :size, :reserved, now() + :lease * interval '1 millisecond'
                    FROM taken
                    RETURNING *
                    """),
                scope)
            .setParameter("id", imageId)
            .setParameter("upload", UUID.fromString(start.uploadId()))
            .setParameter("owner", limits == null ? null : limits.project())
            .setParameter("store", start.store())
            .setParameter("worker", start.worker())
            .setParameter("size", start.sizeBytes())
            .setParameter("reserved", reservedBytes)
            .setParameter("lease", lease.toMillis()));
  }

  /**
   * Empty when the image is neither active nor deactivated, has a location or another copy under
   * way in that store, is not the limits' project's, or not there for this scope.
   */
  @Transactional
  Optional<UploadLease> startCopy(Scope scope, UUID imageId, UploadStart start) {
    Limits limits = start.limits();
    if (limits != null) {
      quotas.lock(limits.project());
    }
    // A statement of its own: of two that start at once, the second sees what the first inserted.
    statement("SELECT 1 FROM images WHERE id = :id FOR UPDATE")
        .setParameter("id", imageId)
        .getResultList();
    Optional<UploadEntity> copy =
        first(
            ImageRepository.bind(
                    select(
                        """
                        WITH taken AS (
                          UPDATE images i SET attempts = attempts + 1
                          WHERE i.id = :id AND i.status IN ('active', 'deactivated')
                            AND NOT EXISTS (SELECT FROM jsonb_array_elements(i.locations) l
                                            WHERE l -> 'metadata' ->> 'store' = :store)
                            AND NOT EXISTS (SELECT FROM uploads u WHERE u.image_id = i.id
                                            AND u.store = :store AND u.state = 'running')
                            AND (cast(:owner AS text) IS NULL OR i.owner = :owner) AND
                        """
                            + ImageRepository.MAY_SEE
                            + """
                           RETURNING i.*)
                        INSERT INTO uploads (upload_id, image_id, shown_image_id, store, worker, attempt,
                          is_fenced, size, lease_expires_at)
                        SELECT :upload, id, coalesce(shown_id, cast(id AS text)), :store, :worker, attempts,
                          true, size, now() + :lease * interval '1 millisecond'
                        FROM taken
                        RETURNING *
                        """),
                    scope)
                .setParameter("id", imageId)
                .setParameter("upload", UUID.fromString(start.uploadId()))
                .setParameter("owner", limits == null ? null : limits.project())
                .setParameter("store", start.store())
                .setParameter("worker", start.worker())
                .setParameter("lease", lease.toMillis()));
    if (copy.isPresent() && limits != null) {
      quotas.requireUploading(limits);
      quotas.requireStorage(limits, copy.get().size == null ? 0 : copy.get().size);
    }
    return copy.map(upload -> granted(upload, null));
  }

  private UploadLease granted(UploadEntity upload, @Nullable Long reservedBytes) {
    return new UploadLease(upload.key(), lease.toMillis(), reservedBytes);
  }

  private long reserveFirstStep(UploadEntity upload, Limits limits, StorageLimit storage) {
    long room = quotas.room(limits.project(), storage);
    if (room <= 0) {
      throw quotas.storageExceeded(limits.project(), storage, room, 1);
    }
    long reserved = Math.min(UploadsApi.RESERVATION_STEP_BYTES, room);
    reserve(upload.uploadId, reserved);
    return reserved;
  }

  /** Empty when the lease is lost. */
  @Transactional
  Optional<UploadRenewal> beat(UUID uploadId, UploadProgress progress) {
    boolean isMoreExpected = progress.wanted() != null && extend(uploadId, progress.wanted());
    return first(
            select(
                    """
                    UPDATE uploads SET bytes = :bytes,
                      lease_expires_at = now() + :lease * interval '1 millisecond'
                    WHERE upload_id = :upload AND state = 'running'
                    RETURNING *
                    """)
                .setParameter("bytes", progress.bytes())
                .setParameter("lease", lease.toMillis())
                .setParameter("upload", uploadId))
        .map(upload -> new UploadRenewal(upload.reservedBytes, isMoreExpected));
  }

  /**
   * Reserves as much of what is wanted as there is room for, nothing for a lost lease; whether
   * there may be more soon.
   */
  private boolean extend(UUID uploadId, WantedBytes wanted) {
    Limits limits = wanted.limits();
    quotas.lock(limits.project());
    Query query =
        getEntityManager()
            .createNativeQuery(
                """
                SELECT i.owner, u.reserved_bytes, u.bytes FROM uploads u JOIN images i ON i.id = u.image_id
                WHERE u.upload_id = :upload AND u.state = 'running'
                  AND u.reserved_bytes IS NOT NULL
                """,
                Object[].class);
    for (Object found : query.setParameter("upload", uploadId).getResultList()) {
      Object[] row = (Object[]) found;
      if (!limits.project().equals(row[0])) {
        throw new GlanceException(
            ErrorCode.VERSION_CONFLICT, "The image got another owner during the upload");
      }
      long reserved = (Long) row[1];
      StorageLimit storage = limits.storage();
      long room = storage == null ? Long.MAX_VALUE : quotas.room(limits.project(), storage);
      long more = Math.min(wanted.totalBytes() - reserved, room);
      if (more > 0) {
        reserve(uploadId, reserved + more);
      }
      long granted = reserved + Math.max(0, more);
      // What this upload itself has reserved and not written does not help it.
      long own = Math.max(0, granted - (Long) row[2]);
      return granted < wanted.totalBytes() && quotas.ahead(limits.project()) > own;
    }
    return false;
  }

  private void reserve(UUID uploadId, long bytes) {
    statement("UPDATE uploads SET reserved_bytes = :bytes WHERE upload_id = :upload")
        .setParameter("bytes", bytes)
        .setParameter("upload", uploadId)
        .executeUpdate();
  }

  /** The active image, also when it was committed before; empty when the lease is lost. */
  @Transactional
  Optional<Image> commit(UUID uploadId, UploadResult result) {
    Optional<Image> committed =
        images
            .statement(
                """
            WITH finished AS (
              UPDATE images i SET status = 'active', locations = cast(:locations AS jsonb),
                size = :size, virtual_size = :virtualSize, checksum = :checksum,
                hash_algorithm = :algorithm, hash_value = :hash, last_failure = NULL,
                updated_at = now(), version = version + 1
              FROM uploads u
              WHERE u.upload_id = :upload AND u.state = 'running'
                AND (u.reserved_bytes IS NULL OR u.reserved_bytes >= :size)
                AND i.id = u.image_id AND i.status = 'saving' AND i.attempts = u.attempt
              RETURNING i.*),
            closed AS (
              UPDATE uploads SET state = 'committed', bytes = :size
              FROM finished WHERE upload_id = :upload)
            SELECT * FROM finished
            """)
            .with("locations", write(List.of(result.location())))
            .with("size", result.size())
            .with("virtualSize", result.virtualSize())
            .with("checksum", result.checksum())
            .with("algorithm", result.hashAlgorithm())
            .with("hash", result.hashValue())
            .with("upload", uploadId)
            .first();
    if (committed.isPresent()) {
      return committed;
    }
    requireReserved(uploadId, result.size());
    return committed(uploadId);
  }

  private Optional<Image> committed(UUID uploadId) {
    return images
        .statement(
            """
            SELECT i.* FROM images i JOIN uploads u ON u.image_id = i.id
            WHERE u.upload_id = :upload AND u.state = 'committed' AND i.deleted_at IS NULL
            """)
        .with("upload", uploadId)
        .first();
  }

  /**
   * The image with its new location, also when it was committed before; empty when the lease is
   * lost.
   *
   * @throws GlanceException {@code CONFLICT} when the image is neither active nor deactivated, has
   *     other bytes, or a location in that store
   */
  @Transactional
  Optional<Image> commitCopy(UUID uploadId, CopyResult result) {
    // A statement of its own: who gives the copy up does not change the image, so that only a
    // statement that begins after it sees it.
    lockImage(uploadId);
    Optional<Image> committed =
        images
            .statement(
                """
                WITH finished AS (
                  UPDATE images i SET
                    locations = i.locations || jsonb_build_array(cast(:location AS jsonb)),
                    updated_at = now(), version = version + 1
                  FROM uploads u
                  WHERE u.upload_id = :upload AND u.state = 'running'
                    AND i.id = u.image_id AND i.status IN ('active', 'deactivated') AND i.size = :size
                    AND i.checksum IS NOT DISTINCT FROM cast(:checksum AS text)
                    AND i.hash_algorithm IS NOT DISTINCT FROM cast(:algorithm AS text)
                    AND i.hash_value IS NOT DISTINCT FROM cast(:hash AS text)
                    AND NOT EXISTS (SELECT FROM jsonb_array_elements(i.locations) l
                                    WHERE l -> 'metadata' ->> 'store' = u.store)
                  RETURNING i.*),
                closed AS (
                  UPDATE uploads SET state = 'committed', bytes = :size
                  FROM finished WHERE upload_id = :upload)
                SELECT * FROM finished
                """)
            .with("location", write(result.location()))
            .with("size", result.size())
            .with("checksum", result.checksum())
            .with("algorithm", result.hashAlgorithm())
            .with("hash", result.hashValue())
            .with("upload", uploadId)
            .first();
    if (committed.isPresent()) {
      return committed;
    }
    boolean isHeld =
        !statement("SELECT 1 FROM uploads WHERE upload_id = :upload AND state = 'running'")
            .setParameter("upload", uploadId)
            .getResultList()
            .isEmpty();
    if (isHeld) {
      throw new GlanceException(
          ErrorCode.CONFLICT,
          "The image is no longer active, has other bytes, or has been stored there by another");
    }
    return committed(uploadId);
  }

  private void lockImage(UUID uploadId) {
    statement(
            """
            SELECT 1 FROM images i JOIN uploads u ON u.image_id = i.id
            WHERE u.upload_id = :upload FOR UPDATE OF i
            """)
        .setParameter("upload", uploadId)
        .getResultList();
  }

  private void requireReserved(UUID uploadId, long size) {
    boolean isExceeded =
        !statement(
                """
                SELECT 1 FROM uploads
                WHERE upload_id = :upload AND state = 'running' AND reserved_bytes < :size
                """)
            .setParameter("upload", uploadId)
            .setParameter("size", size)
            .getResultList()
            .isEmpty();
    if (isExceeded) {
      throw new GlanceException(
          ErrorCode.LIMIT_EXCEEDED, "Upload " + uploadId + " stored more than was reserved for it");
    }
  }

  /** Gives an upload up, unless it is committed or was given up before. */
  @Transactional
  void giveUp(UUID uploadId, UploadFailure failure) {
    lockImage(uploadId);
    first(
            select(
                    "DELETE FROM uploads WHERE upload_id = :upload AND state <> 'committed' RETURNING *")
                .setParameter("upload", uploadId))
        .ifPresent(
            upload -> {
              returnToQueue(upload, failure);
              if (!failure.isDiscarded()) {
                addDiscardJob(upload);
              }
            });
  }

  /** Gives up what nobody beats for, and forgets old commits; answers what was given up. */
  @Transactional
  List<UploadEntity> expire() {
    // Both rows are locked without waiting, so this can be in nobody's way.
    List<UploadEntity> expired =
        all(
            select(
                """
                SELECT u.* FROM uploads u JOIN images i ON i.id = u.image_id
                WHERE u.state <> 'committed' AND u.lease_expires_at < now()
                ORDER BY u.lease_expires_at LIMIT 100
                FOR UPDATE OF i, u SKIP LOCKED
                """));
    for (UploadEntity upload : expired) {
      giveUp(
          upload.uploadId,
          new UploadFailure(false, "The lease of upload " + upload.uploadId + " expired"));
    }
    // By then no writer repeats its commit any more.
    statement(
            """
            DELETE FROM uploads
            WHERE state = 'committed' AND lease_expires_at < now() - interval '1 hour'
            """)
        .executeUpdate();
    return expired;
  }

  /** Gives every writer a whole lease from now: it could not beat while the registry was away. */
  @Transactional
  int extendAll() {
    return statement(
            """
            UPDATE uploads SET
              lease_expires_at = greatest(lease_expires_at, now() + :lease * interval '1 millisecond')
            WHERE state = 'running'
            """)
        .setParameter("lease", lease.toMillis())
        .executeUpdate();
  }

  /** Does nothing where the image was copied: that is active. */
  private void returnToQueue(UploadEntity upload, UploadFailure failure) {
    statement(
            """
            UPDATE images SET status = 'queued', is_fenced = is_fenced OR :fence,
              last_failure = :cause, updated_at = now(), version = version + 1
            WHERE id = :id AND status = 'saving' AND attempts = :attempt
            """)
        .setParameter("fence", !failure.isDiscarded() || failure.isNameTaken())
        .setParameter("cause", failure.cause())
        .setParameter("id", upload.imageId)
        .setParameter("attempt", upload.attempt)
        .executeUpdate();
  }

  private void addDiscardJob(UploadEntity upload) {
    statement(
            """
            INSERT INTO jobs (kind, image_id, store, payload)
            VALUES ('discard', :id, :store,
              jsonb_build_object('uploadKey', cast(:key AS jsonb)))
            """)
        .setParameter("id", upload.imageId)
        .setParameter("store", upload.store)
        .setParameter("key", write(upload.key()))
        .executeUpdate();
  }

  private String write(Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private Query statement(String sql) {
    return getEntityManager().createNativeQuery(sql);
  }

  private Query select(String sql) {
    return getEntityManager().createNativeQuery(sql, UploadEntity.class);
  }

  private static Optional<UploadEntity> first(Query query) {
    return all(query).stream().findFirst();
  }

  @SuppressWarnings("unchecked") // The query was made for this class.
  private static List<UploadEntity> all(Query query) {
    return query.getResultList();
  }
}
