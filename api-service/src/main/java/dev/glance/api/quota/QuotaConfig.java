package dev.glance.api.quota;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much images and projects may have. The names are upstream's (API reference section 3.5). */
@ConfigMapping(prefix = "glance.api")
public interface QuotaConfig {
  /** What {@link #userStorageQuota} may look like. */
  Pattern STORAGE = Pattern.compile("(\\d+)([KMGT]?)B?");

  /** The most custom properties of an image; negative for no limit. */
  @WithDefault("128")
  int imagePropertyQuota();

  /** The most tags of an image; negative for no limit. */
  @WithDefault("128")
  int imageTagQuota();

  /** The most members of an image; negative for no limit. */
  @WithDefault("128")
  int imageMemberQuota();

  /**
   * How much each project may store, in bytes or with a unit of 1024: {@code 200GB}, {@code 1T}. 0
   * for no limit, which is the default.
   */
  @WithDefault("0")
  String userStorageQuota();

  /**
   * Whether projects have the limits that Keystone keeps for them; {@link #userStorageQuota} counts
   * for nothing then.
   */
  @WithDefault("false")
  boolean useKeystoneLimits();

  /** Where in Keystone the limits are, named as oslo.limit names it. */
  OsloLimit osloLimit();

  /** Settings of Keystone's limits. */
  interface OsloLimit {
    /**
     * The id of this service's endpoint, which says the service and the region that limits are
     * registered for; without it the service of type {@code image}, and the region of {@code
     * glance.auth.keystone.region-name}.
     */
    Optional<String> endpointId();

    /** How long limits are believed, so how late a change may count. */
    @WithDefault("60s")
    Duration cacheTime();

    /** How long limits that were read once count while Keystone cannot be asked. */
    @WithDefault("10m")
    Duration staleTime();
  }

  /**
   * What is wrong with these settings, a sentence each.
   *
   * @param isKeystoneReadable whether Keystone can be asked for the limits of any project
   */
  static List<String> findings(QuotaConfig config, boolean isKeystoneReadable) {
    List<String> findings = new ArrayList<>();
    if (!STORAGE.matcher(config.userStorageQuota()).matches()) {
      findings.add(
          "glance.api.user-storage-quota is "
              + config.userStorageQuota()
              + ", which is no size: give bytes, or a number and one of KB, MB, GB, TB");
    }
    if (config.useKeystoneLimits() && !isKeystoneReadable) {
      findings.add(
          "glance.api.use-keystone-limits needs glance.auth.mode=keystone and"
              + " glance.auth.keystone.system-scope=all: Keystone shows the limits of all projects"
              + " to a user with the role reader on the system only");
    }
    if (config.osloLimit().cacheTime().isNegative()) {
      findings.add("glance.api.oslo-limit.cache-time must be 0 or more");
    }
    if (config.osloLimit().staleTime().isNegative()) {
      findings.add("glance.api.oslo-limit.stale-time must be 0 or more");
    }
    return findings;
  }

  /** {@link #userStorageQuota} in bytes; {@code Long.MAX_VALUE} if it is more than that. */
  static long storageBytes(QuotaConfig config) {
    Matcher size = STORAGE.matcher(config.userStorageQuota());
    if (!size.matches()) {
      throw new IllegalArgumentException(config.userStorageQuota());
    }
    // B, K, M, G, T: each 1024 times the one before.
    int power = size.group(2).isEmpty() ? 0 : 1 + "KMGT".indexOf(size.group(2));
    return new BigInteger(size.group(1))
        .shiftLeft(10 * power)
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValue();
  }
}
