package dev.glance.registry;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Everything that an operator can set of the registry. */
@ConfigMapping(prefix = RegistryConfig.PREFIX)
public interface RegistryConfig {
  /** What all keys of the registry start with. */
  String PREFIX = "glance.registry";

  /**
   * The address to listen on; change it when glance-api runs on another host, and let nothing else
   * reach it.
   */
  @WithDefault("127.0.0.1")
  String listenHost();

  /** The TCP port to listen on; 0 takes a free one. */
  @WithDefault("9191")
  int listenPort();

  /** The folder for everything the registry keeps on disk, relative to the working folder. */
  @WithDefault("var")
  Path dataDir();

  /** The shared secret that glance-api shows with each call; this or {@link #tokenFile}. */
  Optional<String> token();

  /** A file that holds the shared secret, so that it stands in no configuration. */
  Optional<Path> tokenFile();

  /**
   * How long an upload or a job is left to a process that has stopped beating; shorter brings
   * stranded images back sooner, longer forgives longer pauses. From 1 to 15 seconds.
   */
  @WithDefault("15s")
  Duration lease();

  /**
   * How long the bytes of a deleted image are kept, so that {@code ./glance image restore} can
   * bring it back; 0 removes them at once. Upstream's {@code delayed_delete} and {@code
   * scrub_time}.
   */
  @WithDefault("0s")
  Duration delayedDelete();

  /** The PostgreSQL server; without a url the registry runs one of its own. */
  Database database();

  /** Where the tables are. */
  interface Database {
    /** {@code jdbc:postgresql://host:port/database}; absent means the embedded server. */
    Optional<String> url();

    /** The account that owns the tables; absent when the url names it. */
    Optional<String> username();

    /** Its password; this or {@link #passwordFile}. */
    Optional<String> password();

    /** A file that holds the password, so that it stands in no configuration. */
    Optional<Path> passwordFile();

    /** The most connections held open; each costs PostgreSQL some 10 MiB. */
    @WithDefault("16")
    int maxConnections();
  }
}
