package dev.glance.api.quota;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.registry.Limits;
import dev.glance.model.registry.Limits.StorageLimit;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The quotas in force (API reference section 3.5). */
@Singleton
public final class Quotas {
  private final QuotaConfig config;
  private final @Nullable StorageLimit storage;
  private final @Nullable Function<String, ProjectLimits> unified;

  @Inject
  Quotas(QuotaConfig config, Instance<KeystoneLimits> keystone) {
    this(config, config.useKeystoneLimits() ? keystone.get()::of : null);
  }

  /**
   * The quotas of these settings.
   *
   * @param unified the identity service's limits by project, or null when it keeps none
   */
  Quotas(QuotaConfig config, @Nullable Function<String, ProjectLimits> unified) {
    this.config = config;
    this.unified = unified;
    long bytes = QuotaConfig.storageBytes(config);
    this.storage = bytes == 0 ? null : new StorageLimit("user_storage_quota", bytes);
  }

  /**
   * The limits to send to the registry with a call that takes something for a project; null for
   * none. The project is the owner of the image, not the caller: it is the owner who has the bytes.
   *
   * @throws GlanceException {@code IDENTITY_UNAVAILABLE} when the limits are not known
   */
  public @Nullable Limits of(@Nullable String owner) {
    if (owner == null) {
      return null;
    }
    if (unified != null) {
      return unified.apply(owner).toLimits(owner);
    }
    return storage == null ? null : new Limits(owner, storage, null, null);
  }

  /** The identity service's limits of a project; empty when it keeps none. */
  Optional<ProjectLimits> unified(String project) {
    return Optional.ofNullable(unified).map(limits -> limits.apply(project));
  }

  /** The limits to send with a call that takes bytes and nothing else; null for none. */
  public @Nullable Limits storageOf(@Nullable String owner) {
    Limits limits = of(owner);
    return limits == null || limits.storage() == null
        ? null
        : new Limits(limits.project(), limits.storage(), null, null);
  }

  /**
   * Refuses a new image with more parts than it may have.
   *
   * @throws GlanceException {@code LIMIT_EXCEEDED}
   */
  public void requireNew(ImageAttributes image) {
    requireAtMost("tags", image.tags().size(), config.imageTagQuota());
    requireAtMost("properties", counted(image.properties()), config.imagePropertyQuota());
  }

  /**
   * Refuses a change to more parts than an image may have. One that has more already, as the quota
   * was lowered, may be changed and lose some: properties are looked at only where a new one comes,
   * tags where they change.
   *
   * @throws GlanceException {@code LIMIT_EXCEEDED}
   */
  public void requireChange(Image before, ImageAttributes after) {
    if (!new HashSet<>(before.tags()).equals(new HashSet<>(after.tags()))) {
      requireAtMost("tags", after.tags().size(), config.imageTagQuota());
    }
    if (!before.properties().keySet().containsAll(after.properties().keySet())) {
      requireAtMost("properties", counted(after.properties()), config.imagePropertyQuota());
    }
  }

  /** The most members that an image may have; null for any number. */
  public @Nullable Integer members() {
    return config.imageMemberQuota() < 0 ? null : config.imageMemberQuota();
  }

  /** What the service itself keeps in properties does not count. */
  private static long counted(Map<String, String> properties) {
    Collection<String> names = properties.keySet();
    return names.stream().filter(name -> !name.startsWith("os_glance")).count();
  }

  private static void requireAtMost(String what, long count, int quota) {
    if (quota >= 0 && count > quota) {
      throw new GlanceException(
          ErrorCode.LIMIT_EXCEEDED,
          "An image may have " + quota + " " + what + " at most, not " + count + ".");
    }
  }
}
