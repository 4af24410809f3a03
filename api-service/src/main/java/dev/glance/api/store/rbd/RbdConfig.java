package dev.glance.api.store.rbd;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithDefault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code glance.stores.<name>.rbd.*}: the pool that images go to, by the names of upstream's
 * options without {@code rbd_store_} (API reference section 6.6). What is not said here is as the
 * cluster's configuration file says.
 */
public interface RbdConfig {
  /** The features that images may have, and their bits in librbd. */
  Map<String, Long> FEATURES =
      Map.of(
          "layering", 1L,
          "exclusive-lock", 4L,
          "object-map", 8L,
          "fast-diff", 16L,
          "deep-flatten", 32L);

  /** The cluster's configuration file; it, or the keyring that it names, holds the user's key. */
  @WithDefault("/etc/ceph/ceph.conf")
  Path cephConf();

  /** Who owns the images: {@code glance} is Ceph's {@code client.glance}. */
  @WithDefault("glance")
  String user();

  /** Where images are kept. It has to be there. */
  @WithDefault("images")
  String pool();

  /** The pool for the images' bytes, where {@code pool} shall only hold their metadata. */
  Optional<String> dataPool();

  /** The size of the objects that an image is made of, a power of two. Default 8 MiB. */
  @WithDefault("8M")
  MemorySize chunkSize();

  /**
   * What RBD keeps of an image beside its bytes. Default {@code layering}, which clones need; the
   * others serve images that change.
   */
  @WithDefault("layering")
  List<String> features();

  /**
   * The memory that all uploads and downloads of this store share for bytes on their way, beside 1
   * MiB that each has for itself. Outside the Java heap. Default 64 MiB.
   */
  @WithDefault("64M")
  MemorySize buffer();

  /** How long connecting to the cluster may take: {@code client_mount_timeout}. Default 10 s. */
  @WithDefault("10s")
  Duration connectTimeout();

  /**
   * How long the cluster may take for one operation: {@code rados_osd_op_timeout} and {@code
   * rados_mon_op_timeout}, which Ceph leaves endless. Default 30 s.
   */
  @WithDefault("30s")
  Duration timeout();

  /** What is wrong with these settings, a sentence each that names the property. */
  static List<String> findings(String property, RbdConfig config) {
    List<String> findings = new ArrayList<>();
    if (!Files.isReadable(config.cephConf())) {
      findings.add(property + ".ceph-conf names a file that cannot be read: " + config.cephConf());
    }
    long chunk = config.chunkSize().asLongValue();
    if (Long.bitCount(chunk) != 1 || chunk < 1 << 16 || chunk > 1 << 25) {
      findings.add(property + ".chunk-size must be a power of two from 64K to 32M");
    }
    for (String feature : config.features()) {
      if (!FEATURES.containsKey(feature)) {
        findings.add(
            property
                + ".features can be layering, exclusive-lock, object-map, fast-diff and"
                + " deep-flatten, not "
                + feature);
      }
    }
    if (!config.features().contains("layering")) {
      findings.add(property + ".features must contain layering, which clones need");
    }
    long buffer = config.buffer().asLongValue();
    if (buffer < RbdMemory.PIECE_BYTES || buffer > 1L << 40) {
      findings.add(property + ".buffer must be 1M or more");
    }
    if (config.connectTimeout().toSeconds() < 1 || config.timeout().toSeconds() < 1) {
      findings.add(property + ".connect-timeout and .timeout must be 1s or more");
    }
    return findings;
  }
}
