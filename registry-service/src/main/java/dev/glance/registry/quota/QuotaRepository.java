package dev.glance.registry.quota;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Limits.StorageLimit;
import dev.glance.model.registry.QuotasApi.Usage;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import org.jspecify.annotations.Nullable;

/**
 * Keeps projects within their limits. Usage is always the sum of what the rows say, so that it
 * cannot drift. A transaction that takes something under a limit first takes the project's lock,
 * then writes, then calls a check here, which sees everything that was taken before: if it is too
 * much, the refusal takes back what the transaction wrote.
 *
 * <p>What only gives back (a commit, which stores no more than was reserved, an abort, a delete)
 * needs no lock.
 */
@ApplicationScoped
public class QuotaRepository {
  /** Upload u of image i counts with what it may still write, or has announced or written. */
  private static final String STORED =
      """
      (SELECT coalesce(sum(stored_bytes), 0) FROM images
       WHERE owner = :project AND deleted_at IS NULL AND stored_bytes > 0)
      + (SELECT coalesce(sum(coalesce(u.reserved_bytes, greatest(u.size, u.bytes))), 0)
         FROM uploads u JOIN images i ON i.id = u.image_id
         WHERE u.state = 'running' AND i.owner = :project AND i.deleted_at IS NULL)
      """;

  private static final String IMAGES =
      "(SELECT count(*) FROM images WHERE owner = :project AND deleted_at IS NULL)";

  private static final String UPLOADING =
      """
      (SELECT count(*) FROM uploads u JOIN images i ON i.id = u.image_id
       WHERE u.state = 'running' AND i.owner = :project AND i.deleted_at IS NULL)
      """;

  /** A numeric, as near as a long comes to it. */
  private static final String IN_LONG =
      "cast(least(greatest(%s, -9223372036854775808), 9223372036854775807) AS bigint)";

  private final EntityManager database;

  QuotaRepository(EntityManager database) {
    this.database = database;
  }

  /** Everything that is limited. */
  Usage usage(String project) {
    Object[] row =
        (Object[])
            database
                .createNativeQuery(
                    "SELECT "
                        + IN_LONG.formatted(STORED)
                        + """
                        , (SELECT cast(coalesce(sum(size), 0) AS bigint) FROM images
                           WHERE owner = :project AND deleted_at IS NULL
                             AND status IN ('uploading', 'importing')),
                        """
                        + IMAGES
                        + ","
                        + UPLOADING,
                    Object[].class)
                .setParameter("project", project)
                .getSingleResult();
    return new Usage(number(row[0]), number(row[1]), number(row[2]), number(row[3]));
  }

  /** Makes everyone else wait who takes something for this project, until the transaction ends. */
  public void lock(String project) {
    database
        .createNativeQuery(
            "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(:project, 0))", Integer.class)
        .setParameter("project", project)
        .getSingleResult();
  }

  /** How many bytes are left; negative when the project has more than it may have. */
  public long room(String project, StorageLimit limit) {
    return number(
        database
            .createNativeQuery(
                "SELECT " + IN_LONG.formatted("cast(:limit AS numeric) - (" + STORED + ")"),
                Object.class)
            .setParameter("limit", limit.bytes())
            .setParameter("project", project)
            .getSingleResult());
  }

  /**
   * Refuses if the project now stores more than it may.
   *
   * @param askedBytes what this transaction takes, for the sentence
   */
  public void requireStorage(Limits limits, long askedBytes) {
    StorageLimit limit = limits.storage();
    if (limit == null) {
      return;
    }
    long room = room(limits.project(), limit);
    if (room < 0) {
      throw storageExceeded(limits.project(), limit, room + askedBytes, askedBytes);
    }
  }

  /**
   * How much of what uploads of unknown size have reserved is not written yet, so that they may
   * give it back.
   */
  public long ahead(String project) {
    return count(
        """
        (SELECT cast(coalesce(sum(greatest(u.reserved_bytes - u.bytes, 0)), 0) AS bigint)
         FROM uploads u JOIN images i ON i.id = u.image_id
         WHERE u.state = 'running' AND u.size IS NULL AND i.owner = :project
           AND i.deleted_at IS NULL)
        """,
        project);
  }

  /**
   * Refuses, for good, if the project now stores more than it may because an image was given to it.
   */
  public void requireRoomForGift(Limits limits, long size) {
    StorageLimit limit = limits.storage();
    if (limit == null) {
      return;
    }
    long room = room(limits.project(), limit);
    if (room < 0) {
      throw storageExceeded(ErrorCode.LIMIT_EXCEEDED, limits.project(), limit, room + size, size);
    }
  }

  /** The refusal of bytes that are too many, for good or for now. */
  public GlanceException storageExceeded(
      String project, StorageLimit limit, long left, long asked) {
    boolean isForNow = asked - ahead(project) <= left;
    return storageExceeded(
        isForNow ? ErrorCode.LIMIT_RESERVED : ErrorCode.LIMIT_EXCEEDED,
        project,
        limit,
        left,
        asked);
  }

  private static GlanceException storageExceeded(
      ErrorCode code, String project, StorageLimit limit, long left, long asked) {
    return new GlanceException(
        code,
        "%s of project %s is %d bytes, of which %d are left: %d more would exceed it."
            .formatted(limit.name(), project, limit.bytes(), Math.max(0, left), asked));
  }

  /** Refuses if the project now has more images than it may. */
  public void requireImages(Limits limits) {
    requireCount(Limits.IMAGES, "images", limits.images(), IMAGES, limits.project());
  }

  /** Refuses if more of the project's images are taking data in now than may. */
  public void requireUploading(Limits limits) {
    requireCount(
        Limits.UPLOADING, "uploads at a time", limits.uploading(), UPLOADING, limits.project());
  }

  private void requireCount(
      String name, String what, @Nullable Long limit, String sql, String project) {
    if (limit != null && count(sql, project) > limit) {
      throw new GlanceException(
          ErrorCode.LIMIT_EXCEEDED,
          "Project %s may have %d %s (%s), and has them.".formatted(project, limit, what, name));
    }
  }

  private long count(String sql, String project) {
    return number(
        database
            .createNativeQuery("SELECT " + sql, Object.class)
            .setParameter("project", project)
            .getSingleResult());
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }
}
