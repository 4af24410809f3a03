package dev.glance.registry.job;

import dev.glance.model.image.Location;
import dev.glance.model.registry.JobsApi.Job;
import dev.glance.model.registry.JobsApi.JobKind;
import dev.glance.model.registry.UploadKey;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Locale;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** One row of {@code jobs}. */
@Entity
@Immutable
@Table(name = "jobs")
public class JobEntity {
  @Id Long id;
  String kind;

  @Column(name = "image_id")
  UUID imageId;

  @Nullable String store;

  @JdbcTypeCode(SqlTypes.JSON)
  Payload payload;

  int attempts;

  /** What each kind of job needs besides the columns. */
  record Payload(@Nullable UploadKey uploadKey, @Nullable Location location) {}

  Job toModel() {
    return new Job(
        id,
        JobKind.valueOf(kind.toUpperCase(Locale.ROOT)),
        payload.uploadKey() == null ? imageId.toString() : payload.uploadKey().imageId(),
        store,
        payload.uploadKey(),
        payload.location(),
        attempts);
  }
}
