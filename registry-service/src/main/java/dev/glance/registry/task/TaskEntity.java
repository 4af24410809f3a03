package dev.glance.registry.task;

import dev.glance.model.task.Task;
import dev.glance.model.task.TaskStatus;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** One row of {@code tasks}; changed only by the statements of the repository. */
@Entity
@Immutable
@Table(name = "tasks")
class TaskEntity {
  @Id UUID id;
  String type;
  String status;
  @Nullable String owner;

  @Column(name = "image_id")
  @Nullable String imageId;

  @Column(name = "request_id")
  @Nullable String requestId;

  @Column(name = "user_id")
  @Nullable String userId;

  @JdbcTypeCode(SqlTypes.JSON)
  @Nullable Map<String, Object> input;

  @JdbcTypeCode(SqlTypes.JSON)
  @Nullable Map<String, Object> result;

  String message;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "updated_at")
  Instant updatedAt;

  @Column(name = "expires_at")
  @Nullable Instant expiresAt;

  Task toModel() {
    return new Task(
        id.toString(),
        type,
        TaskStatus.of(status),
        owner,
        expiresAt,
        createdAt,
        updatedAt,
        imageId,
        requestId,
        userId,
        input,
        result,
        message);
  }
}
