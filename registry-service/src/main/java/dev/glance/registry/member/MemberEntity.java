package dev.glance.registry.member;

import dev.glance.model.image.Member;
import dev.glance.model.image.MemberStatus;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;

/** One row of {@code image_members}; changed only by the statements of the repository. */
@Entity
@Immutable
@Table(name = "image_members")
@IdClass(MemberEntity.Key.class)
class MemberEntity {
  @Id
  @Column(name = "image_id")
  UUID imageId;

  @Id String member;

  String status;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "updated_at")
  Instant updatedAt;

  /** The primary key. */
  record Key(UUID imageId, String member) implements Serializable {}

  Member toModel(String shownImageId) {
    return new Member(shownImageId, member, MemberStatus.of(status), createdAt, updatedAt);
  }
}
