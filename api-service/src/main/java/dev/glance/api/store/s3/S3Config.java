package dev.glance.api.store.s3;

import dev.glance.api.store.TransferMemory;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code glance.stores.<name>.s3.*}: the bucket that images go to, by the names of upstream's
 * options without {@code s3_store_} (API reference section 6.8).
 */
public interface S3Config {
  /** Where the server is: {@code https://host[:port]}. Required. */
  Optional<URI> host();

  /** The region that requests are signed for and a new bucket is made in. */
  @WithDefault("us-east-1")
  String regionName();

  /** Who owns the images. Required, unless {@code credentials-file} is given. */
  Optional<String> accessKey();

  /** That owner's secret. Required with {@code access-key}. */
  Optional<String> secretKey();

  /**
   * A file in the form of {@code ~/.aws/credentials} with the keys, and a session's token where
   * there is one, instead of {@code access-key} and {@code secret-key}. Read again when it changes.
   */
  Optional<Path> credentialsFile();

  /** Which of that file's profiles. */
  @WithDefault("default")
  String credentialsProfile();

  /** Where images are kept. Required. */
  Optional<String> bucket();

  /** Whether a missing bucket is made; otherwise it is a fault. */
  @WithDefault("false")
  boolean createBucketOnPut();

  /** How the bucket is addressed. */
  @WithDefault("auto")
  UrlFormat bucketUrlFormat();

  /** Where a bucket's name is put in a URL. */
  enum UrlFormat {
    /** {@code VIRTUAL} where the host is Amazon's and the name allows it, else {@code PATH}. */
    AUTO,
    /** {@code https://host/bucket/…}. */
    PATH,
    /** {@code https://bucket.host/…}. */
    VIRTUAL
  }

  /**
   * The length of the parts that a longer image is sent in, in bytes. A larger one is taken where
   * an announced size would else need too many. Default 16 MiB; S3 takes none below 5 MiB.
   */
  @WithDefault("16M")
  MemorySize largeObjectChunkSize();

  /** The least that the server takes as a part other than the last. S3's is 5 MiB. */
  @WithDefault("5M")
  MemorySize minPartSize();

  /** How many parts an object may have. S3's limit is 10,000. */
  @WithDefault("10000")
  int maxParts();

  /**
   * The memory that all uploads to this store share for bytes on their way, beside {@code
   * min-part-size} that each has for itself: so many parts are sent at once. Outside the Java heap.
   * Default 64 MiB.
   */
  @WithDefault("64M")
  MemorySize uploadBuffer();

  /**
   * How much of a longer download one request asks for, in bytes. Default 4 MiB; smaller ones cost
   * more requests.
   */
  @WithDefault("4M")
  MemorySize downloadChunkSize();

  /** How many such requests of one download go at once. Default 4; 1 streams it in one request. */
  @WithDefault("4")
  int downloadThreads();

  /**
   * The memory that all downloads from this store share for what arrives before its turn. Outside
   * the Java heap. Default 32 MiB.
   */
  @WithDefault("32M")
  MemorySize downloadBuffer();

  /**
   * When what is sent carries a checksum by a header of its own. {@code when_supported} sends the
   * CRC that Amazon's server wants by default, which others refuse.
   */
  @WithDefault("when-required")
  Checksums requestChecksumCalculation();

  /** When a checksum that an answer carries is compared. */
  @WithDefault("when-required")
  Checksums responseChecksumValidation();

  /** When checksums are sent or compared. */
  enum Checksums {
    /** Where the call asks for them. */
    WHEN_REQUIRED,
    /** Wherever the call knows them. */
    WHEN_SUPPORTED
  }

  /** How long a connection, an answer or the next bytes of one may take. Default 60 s. */
  @WithDefault("60s")
  Duration timeout();

  /** How often a request that the server may answer better later is made again. Default 5. */
  @WithDefault("5")
  int retries();

  /** How long to wait at most before the first of them; twice as long before each further one. */
  @WithDefault("500ms")
  Duration retryDelay();

  /** How often a download that broke off is taken up where it was. Default 5. */
  @WithDefault("5")
  int retryGetCount();

  /** A file of PEM certificates that the server's must descend from. */
  Optional<Path> cacert();

  /** What is wrong with these settings, a sentence each that names the property. */
  static List<String> findings(String property, S3Config config) {
    List<String> findings = new ArrayList<>();
    if (config.host().filter(S3Config::isServer).isEmpty()) {
      findings.add(
          property + ".host is required and has the form https://host or http://host:port");
    }
    boolean hasKeys = config.accessKey().isPresent() && config.secretKey().isPresent();
    boolean hasAKey = config.accessKey().isPresent() || config.secretKey().isPresent();
    if (config.credentialsFile().isPresent() ? hasAKey : !hasKeys) {
      findings.add(
          property
              + ".access-key and .secret-key are required, or .credentials-file instead of them");
    }
    config
        .credentialsFile()
        .filter(file -> !Files.isReadable(file))
        .ifPresent(file -> findings.add(unreadable(property + ".credentials-file", file)));
    config
        .cacert()
        .filter(file -> !Files.isReadable(file))
        .ifPresent(file -> findings.add(unreadable(property + ".cacert", file)));
    if (config.bucket().filter(name -> name.matches("[A-Za-z0-9][A-Za-z0-9._-]+")).isEmpty()) {
      findings.add(
          property + ".bucket is required; it may hold letters, digits, dots, dashes and _ only");
    }
    long buffer = config.uploadBuffer().asLongValue();
    if (buffer < TransferMemory.PIECE_BYTES || buffer > 1L << 40) {
      findings.add(property + ".upload-buffer must be 1M or more");
    }
    long least = config.minPartSize().asLongValue();
    long chunk = config.largeObjectChunkSize().asLongValue();
    if (least < 1 || chunk < least || chunk > buffer) {
      findings.add(
          property
              + ".large-object-chunk-size must be from "
              + property
              + ".min-part-size to "
              + property
              + ".upload-buffer");
    }
    long ahead = config.downloadBuffer().asLongValue();
    if (ahead < TransferMemory.PIECE_BYTES || ahead > 1L << 40) {
      findings.add(property + ".download-buffer must be 1M or more");
    }
    if (config.downloadChunkSize().asLongValue() < 1 || config.downloadThreads() < 1) {
      findings.add(property + ".download-chunk-size and .download-threads must be 1 or more");
    }
    if (config.maxParts() < 2) {
      findings.add(property + ".max-parts must be 2 or more");
    }
    if (!config.timeout().isPositive() || config.retryDelay().toMillis() < 1) {
      findings.add(property + ".timeout and .retry-delay must be more than 0");
    }
    if (config.retries() < 0 || config.retryGetCount() < 0) {
      findings.add(property + ".retries and .retry-get-count must be 0 or more");
    }
    return findings;
  }

  private static boolean isServer(URI url) {
    boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    return isHttp
        && url.getHost() != null
        && url.getRawUserInfo() == null
        && url.getRawQuery() == null
        && String.valueOf(url.getRawPath()).matches("/?");
  }

  private static String unreadable(String property, Path file) {
    return property + " names a file that cannot be read: " + file;
  }
}
