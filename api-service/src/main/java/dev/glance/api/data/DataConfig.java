package dev.glance.api.data;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Settings of image bytes in flight. */
@ConfigMapping(prefix = "glance.api")
public interface DataConfig {
  /** What is left of the memory outside the heap for the network's own buffers. */
  long NETWORK_BYTES = 32L << 20;

  /**
   * The algorithm of {@code os_hash_value}, in upstream's spelling: {@code sha256}, {@code sha512},
   * {@code sha3_256}, … MD5 is always computed beside it. Default {@code sha512}.
   */
  @WithDefault("sha512")
  String hashingAlgorithm();

  /** The largest image, in bytes; more is answered with 413. Default 1 TiB. */
  @WithDefault("1T")
  MemorySize imageSizeCap();

  /** Settings of uploads. */
  UploadConfig upload();

  /** Settings of downloads. */
  DownloadConfig download();

  /**
   * What is wrong with these settings, a sentence each that names the property.
   *
   * @param directMemoryBytes what the JVM allows for buffers outside the heap
   */
  static List<String> findings(DataConfig config, long directMemoryBytes) {
    List<String> findings = new ArrayList<>();
    if (Digests.algorithm(config.hashingAlgorithm()).isEmpty()) {
      findings.add(
          "glance.api.hashing-algorithm is "
              + config.hashingAlgorithm()
              + ", which is unknown; sha256 and sha512 are the usual ones");
    }
    if (config.upload().bufferMemory().asLongValue() < 2L << 20) {
      findings.add("glance.api.upload.buffer-memory is less than 2M, what a single upload needs");
    }
    if (config.upload().bufferMemory().asLongValue() > directMemoryBytes - NETWORK_BYTES) {
      findings.add(
          "glance.api.upload.buffer-memory is "
              + (config.upload().bufferMemory().asLongValue() >> 20)
              + "M, but this JVM allows "
              + (directMemoryBytes >> 20)
              + "M outside its heap, of which the network takes "
              + (NETWORK_BYTES >> 20)
              + "M; raise -XX:MaxDirectMemorySize or lower the setting");
    }
    if (config.upload().maxConcurrent() < 1) {
      findings.add("glance.api.upload.max-concurrent must be 1 or more");
    }
    if (!config.download().idleTimeout().isPositive()) {
      findings.add("glance.api.download.idle-timeout must be more than 0");
    }
    return findings;
  }

  /** Settings of uploads. */
  interface UploadConfig {
    /**
     * How long a client may be silent before its upload is given up and the image is queued again.
     * Default 60 s; raise it for clients that produce an image while they send it.
     */
    @WithDefault("60s")
    Duration idleTimeout();

    /**
     * Memory for the bytes of all uploads together, outside the heap, in buffers of 1 MiB; at least
     * 2 MiB. Default 64 MiB, which keeps 32 uploads busy. Must fit into {@code
     * -XX:MaxDirectMemorySize}, with 32 MiB to spare for the network.
     */
    @WithDefault("64M")
    MemorySize bufferMemory();

    /**
     * How many uploads this process takes at once; one more is answered with 503 and Retry-After.
     * Each has a thread of its own. Default 256.
     */
    @WithDefault("256")
    int maxConcurrent();
  }

  /** Settings of downloads. */
  interface DownloadConfig {
    /**
     * How long a client may read nothing before its connection is closed, after this time at the
     * soonest and twice as long at the latest. Default 60 s. What counts is what the kernel takes
     * from the service, in portions of up to a megabyte: a client below some 20 KiB a second may be
     * taken for one that has stopped.
     */
    @WithDefault("60s")
    Duration idleTimeout();
  }
}
