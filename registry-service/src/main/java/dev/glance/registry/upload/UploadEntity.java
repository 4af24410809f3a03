package dev.glance.registry.upload;

import dev.glance.model.registry.UploadKey;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** One row of {@code uploads}: an attempt that may have left bytes in a store. */
@Entity
@Immutable
@Table(name = "uploads")
public class UploadEntity {
  @Id
  @Column(name = "upload_id")
  UUID uploadId;

  @Column(name = "image_id")
  UUID imageId;

  @Column(name = "shown_image_id")
  String shownImageId;

  String store;
  String worker;
  int attempt;

  @Column(name = "is_fenced")
  boolean isFenced;

  @Nullable Long size;

  @Column(name = "reserved_bytes")
  @Nullable Long reservedBytes;

  /** What names the attempt's bytes in the store. */
  UploadKey key() {
    return new UploadKey(uploadId.toString(), shownImageId, attempt, isFenced);
  }
}
