package dev.glance.registry.member;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.MemberStatus;
import dev.glance.model.registry.MembersApi.NewMember;
import dev.glance.model.registry.Scope;
import dev.glance.registry.image.ImageRepository;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The statements on {@code image_members}. Each finds the image {@code shared} and alive, or does
 * nothing.
 */
@ApplicationScoped
public class MemberRepository implements PanacheRepositoryBase<MemberEntity, MemberEntity.Key> {
  private static final String IS_SHARED = "i.visibility = 'shared' AND i.deleted_at IS NULL";

  /** Which members of an image a scope may see. */
  private static final String OF_SHARED_IMAGE =
      " i.id = :id AND i.id = m.image_id AND "
          + IS_SHARED
          + " AND (:admin OR i.owner = :project OR m.member = :project) ";

  List<MemberEntity> list(Scope scope, UUID image) {
    return all(
        ImageRepository.bind(
                select(
                    "SELECT m.* FROM image_members m, images i WHERE"
                        + OF_SHARED_IMAGE
                        + "ORDER BY m.created_at, m.member"),
                scope)
            .setParameter("id", image));
  }

  Optional<MemberEntity> find(Scope scope, UUID image, String member) {
    return first(
        ImageRepository.bind(
                select(
                    "SELECT m.* FROM image_members m, images i WHERE"
                        + OF_SHARED_IMAGE
                        + "AND m.member = :member"),
                scope)
            .setParameter("id", image)
            .setParameter("member", member));
  }

  /**
   * Empty when it is a member already.
   *
   * @throws GlanceException {@code LIMIT_EXCEEDED} when there are as many as may be
   */
  @Transactional
  Optional<MemberEntity> add(UUID image, NewMember member) {
    // Whoever comes second waits here, and counts what the first has added.
    getEntityManager()
        .createNativeQuery("SELECT i.id FROM images i WHERE i.id = :id FOR NO KEY UPDATE")
        .setParameter("id", image)
        .getResultList();
    Integer limit = member.limit();
    if (limit != null && count(image) >= limit) {
      throw new GlanceException(
          ErrorCode.LIMIT_EXCEEDED,
          "Image member limit exceeded for image " + image + ": at most " + limit + " members.");
    }
    return first(
        select(
                "INSERT INTO image_members (image_id, member) SELECT i.id, :member FROM images i"
                    + " WHERE i.id = :id AND "
                    + IS_SHARED
                    + " ON CONFLICT DO NOTHING RETURNING *")
            .setParameter("id", image)
            .setParameter("member", member.project()));
  }

  /** Empty when there is no such member for this scope. */
  @Transactional
  Optional<MemberEntity> update(Scope scope, UUID image, String member, MemberStatus status) {
    return first(
        ImageRepository.bind(
                select(
                    "UPDATE image_members m SET status = :status, updated_at = now() FROM images i"
                        + " WHERE"
                        + OF_SHARED_IMAGE
                        + "AND m.member = :member RETURNING m.*"),
                scope)
            .setParameter("id", image)
            .setParameter("member", member)
            .setParameter("status", status.wireName()));
  }

  /** False when there is no such member for this scope. */
  @Transactional
  boolean remove(Scope scope, UUID image, String member) {
    return ImageRepository.bind(
                getEntityManager()
                    .createNativeQuery(
                        "DELETE FROM image_members m USING images i WHERE"
                            + OF_SHARED_IMAGE
                            + "AND m.member = :member"),
                scope)
            .setParameter("id", image)
            .setParameter("member", member)
            .executeUpdate()
        == 1;
  }

  private long count(UUID image) {
    return ((Number)
            getEntityManager()
                .createNativeQuery("SELECT count(*) FROM image_members WHERE image_id = :id")
                .setParameter("id", image)
                .getSingleResult())
        .longValue();
  }

  private Query select(String sql) {
    return getEntityManager().createNativeQuery(sql, MemberEntity.class);
  }

  private static Optional<MemberEntity> first(Query query) {
    return all(query).stream().findFirst();
  }

  @SuppressWarnings("unchecked") // The query was made for this class.
  private static List<MemberEntity> all(Query query) {
    return query.getResultList();
  }
}
