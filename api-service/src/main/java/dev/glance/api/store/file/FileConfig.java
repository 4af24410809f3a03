package dev.glance.api.store.file;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** {@code glance.stores.<name>.file.*}: one directory that keeps images. */
public interface FileConfig {
  /**
   * The directory; made at the start when it is missing. Must be on a file system with hard links.
   * Required for every configured file store; the built-in one uses {@code <data-dir>/images}.
   */
  Optional<String> directory();

  /**
   * Bytes kept free on the file system, so that whatever shares it (the embedded PostgreSQL, logs)
   * is never starved: an upload that would eat into them is refused with 413. Default 512 MiB; 0
   * switches the check off where the directory has a file system of its own.
   */
  @WithDefault("512M")
  MemorySize reserve();
}
