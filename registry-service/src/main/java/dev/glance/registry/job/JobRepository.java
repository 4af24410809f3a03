package dev.glance.registry.job;

import dev.glance.model.registry.JobsApi.JobClaim;
import dev.glance.registry.RegistryConfig;
import io.quarkus.hibernate.orm.panache.PanacheRepository;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** The statements on {@code jobs}. A claim holds as long as an upload's lease. */
@ApplicationScoped
public class JobRepository implements PanacheRepository<JobEntity> {
  private final Duration claimLength;

  JobRepository(RegistryConfig config) {
    this.claimLength = config.lease();
  }

  /** Due jobs that nobody works on, oldest first, now claimed. */
  @Transactional
  @SuppressWarnings("unchecked") // The query is made for this class.
  List<JobEntity> claim(JobClaim claim) {
    // Materialized, so that the limit counts once: a subquery may run again for each row it is
    // compared with, and each run locks and skips others.
    List<JobEntity> claimed =
        getEntityManager()
            .createNativeQuery(
                """
                WITH due AS MATERIALIZED (
                  SELECT id FROM jobs
                  WHERE due_at <= now() AND (claim_expires_at IS NULL OR claim_expires_at < now())
                  ORDER BY due_at, id LIMIT :limit
                  FOR UPDATE SKIP LOCKED)
                UPDATE jobs SET worker = :worker, attempts = attempts + 1,
                  claim_expires_at = now() + :claim * interval '1 millisecond'
                FROM due WHERE jobs.id = due.id
                RETURNING jobs.*
                """,
                JobEntity.class)
            .setParameter("worker", claim.worker())
            .setParameter("claim", claimLength.toMillis())
            .setParameter("limit", claim.limit())
            .getResultList();
    // RETURNING keeps no order.
    return claimed.stream().sorted(Comparator.comparing(job -> job.id)).toList();
  }

  /** Nothing is added for an image that was never there. */
  @Transactional
  void addShare(UUID imageId) {
    getEntityManager()
        .createNativeQuery(
            """
            INSERT INTO jobs (kind, image_id, payload, due_at)
            SELECT 'share', id, '{}', now() + interval '1 minute' FROM images WHERE id = :id
            """)
        .setParameter("id", imageId)
        .executeUpdate();
  }

  /** False when the claim was lost. */
  @Transactional
  boolean beat(long id, String worker) {
    return owned(
                """
                UPDATE jobs SET claim_expires_at = now() + :claim * interval '1 millisecond'
                WHERE id = :id AND worker = :worker
                """,
                id,
                worker)
            .setParameter("claim", claimLength.toMillis())
            .executeUpdate()
        == 1;
  }

  /** Forgets the job, unless another has claimed it meanwhile. */
  @Transactional
  void remove(long id, String worker) {
    owned("DELETE FROM jobs WHERE id = :id AND worker = :worker", id, worker).executeUpdate();
  }

  /** Puts the job off: 1 s after the first failure, twice as long after each other, to 5 min. */
  @Transactional
  void putOff(long id, String worker, String cause) {
    owned(
            """
            UPDATE jobs SET worker = NULL, claim_expires_at = NULL, last_error = :cause,
              due_at = now() + least(power(2, least(attempts - 1, 20)), 300) * interval '1 second'
            WHERE id = :id AND worker = :worker
            """,
            id,
            worker)
        .setParameter("cause", cause)
        .executeUpdate();
  }

  private Query owned(String sql, long id, String worker) {
    return getEntityManager()
        .createNativeQuery(sql)
        .setParameter("id", id)
        .setParameter("worker", worker);
  }
}
