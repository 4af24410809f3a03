package dev.glance.registry.image;

import dev.glance.model.image.Image;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.image.Visibility;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code images}. Immutable to Hibernate: rows change only through the conditional
 * statements of the repositories, so that two writers cannot both win.
 */
@Entity
@Immutable
@Table(name = "images")
public class ImageEntity {
  @Id UUID id;

  @Column(name = "shown_id")
  @Nullable String shownId;

  @Nullable String name;
  String status;
  String visibility;

  @Column(name = "is_protected")
  boolean isProtected;

  @Column(name = "is_hidden")
  boolean isHidden;

  @Nullable String owner;
  String[] tags;

  @Column(name = "min_disk")
  int minDisk;

  @Column(name = "min_ram")
  int minRam;

  @Column(name = "container_format")
  @Nullable String containerFormat;

  @Column(name = "disk_format")
  @Nullable String diskFormat;

  @Nullable Long size;

  @Column(name = "virtual_size")
  @Nullable Long virtualSize;

  @Nullable String checksum;

  @Column(name = "hash_algorithm")
  @Nullable String hashAlgorithm;

  @Column(name = "hash_value")
  @Nullable String hashValue;

  @JdbcTypeCode(SqlTypes.JSON)
  Map<String, String> properties;

  @JdbcTypeCode(SqlTypes.JSON)
  List<Location> locations;

  @Column(name = "created_at")
  Instant createdAt;

  @Column(name = "updated_at")
  Instant updatedAt;

  long version;

  /** The record that clients see. */
  public Image toModel() {
    return new Image(
        shownId == null ? id.toString() : shownId,
        name,
        ImageStatus.of(status),
        Visibility.of(visibility),
        isProtected,
        isHidden,
        owner,
        List.of(tags),
        minDisk,
        minRam,
        containerFormat,
        diskFormat,
        size,
        virtualSize,
        checksum,
        hashAlgorithm,
        hashValue,
        createdAt,
        updatedAt,
        properties,
        locations,
        version);
  }
}
