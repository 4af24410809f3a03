package dev.glance.api.store;

import dev.glance.api.store.file.FileConfig;
import dev.glance.api.store.http.HttpStoreConfig;
import dev.glance.api.store.rbd.RbdConfig;
import dev.glance.api.store.s3.S3Config;
import dev.glance.api.store.swift.SwiftConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import java.util.Map;
import java.util.Optional;

/**
 * {@code glance.stores.*}: where image bytes go. With none configured there is one file store named
 * {@code file} under the data directory.
 */
@ConfigMapping(prefix = "glance.stores")
public interface StoresConfig {
  /** The stores by name. Configuring any switches multistore on. */
  @WithParentName
  Map<String, StoreConfig> stores();

  /** One store. */
  interface StoreConfig {
    /**
     * The backend: {@code file}, {@code http}, {@code memory}, {@code rbd}, {@code s3} or {@code
     * swift}. Required.
     */
    String type();

    /** A sentence for people, shown by the discovery calls. */
    Optional<String> description();

    /** Orders an image's locations for reading, highest first. Default 0. */
    @WithDefault("0")
    int weight();

    /** Settings of the type {@code file}. */
    FileConfig file();

    /** Settings of the type {@code http}. */
    HttpStoreConfig http();

    /** Settings of the type {@code rbd}. */
    RbdConfig rbd();

    /** Settings of the type {@code s3}. */
    S3Config s3();

    /** Settings of the type {@code swift}. */
    SwiftConfig swift();
  }
}
