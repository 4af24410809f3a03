package dev.glance.api.quota;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigInteger;
import java.util.List;
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

  /** What is wrong with these settings, a sentence each. */
  static List<String> findings(QuotaConfig config) {
    return STORAGE.matcher(config.userStorageQuota()).matches()
        ? List.of()
        : List.of(
            "glance.api.user-storage-quota is "
                + config.userStorageQuota()
                + ", which is no size: give bytes, or a number and one of KB, MB, GB, TB");
  }

  /** {@link #userStorageQuota} in bytes; {@code Long.MAX_VALUE} if it is more than that. */
  static long storageBytes(QuotaConfig config) {
    Matcher size = STORAGE.matcher(config.userStorageQuota());
    if (!size.matches()) {
      throw new IllegalArgumentException(findings(config).getFirst());
    }
    // B, K, M, G, T: each 1024 times the one before.
    int power = size.group(2).isEmpty() ? 0 : 1 + "KMGT".indexOf(size.group(2));
    return new BigInteger(size.group(1))
        .shiftLeft(10 * power)
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValue();
  }
}
