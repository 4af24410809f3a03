package dev.glance.api.store.swift;

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
 * {@code glance.stores.<name>.swift.*}: the account that images go to, by the names of upstream's
 * options without {@code swift_store_} (API reference section 6.7).
 */
public interface SwiftConfig {
  /**
   * Where a token comes from: Keystone's {@code …/v3}, or {@code …/auth/v1.0} with version 1.
   * Required.
   */
  Optional<URI> authAddress();

  /** {@code 3} for Keystone, which is the default, or {@code 1} for Swift's own accounts. */
  @WithDefault("3")
  String authVersion();

  /** Who owns the images: {@code project:user}. Required. */
  Optional<String> user();

  /** That user's password; a secret. */
  Optional<String> key();

  /** A file that holds the password on its first line, instead of {@code key}. */
  Optional<Path> keyFile();

  /** The id of the user's domain in Keystone, where {@code user-domain-name} is not given. */
  @WithDefault("default")
  String userDomainId();

  /** The name of the user's domain in Keystone. */
  Optional<String> userDomainName();

  /** The id of the project's domain in Keystone, where {@code project-domain-name} is not given. */
  @WithDefault("default")
  String projectDomainId();

  /** The name of the project's domain in Keystone. */
  Optional<String> projectDomainName();

  /** The region whose Swift is used; without it the first of Keystone's catalog. */
  Optional<String> region();

  /** What Swift is called in Keystone's catalog. */
  @WithDefault("object-store")
  String serviceType();

  /**
   * Which address of Keystone's catalog: {@code publicURL}, {@code internalURL}, {@code adminURL}.
   */
  @WithDefault("publicURL")
  String endpointType();

  /** The account's URL, {@code …/v1/AUTH_…}, instead of what the answer to the login says. */
  Optional<URI> endpoint();

  /** What the account is called in the images' locations, {@code swift+config://<this>/…}. */
  @WithDefault("ref1")
  String defaultSwiftReference();

  /** Where images are kept. */
  @WithDefault("glance")
  String container();

  /**
   * Spreads images over containers {@code <container>_<beginning of the id>}: how many of the id's
   * hexadecimal digits that beginning has, 1 to 32. Default 0, one container for all. Images stay
   * readable where they are when this changes.
   */
  @WithDefault("0")
  int multipleContainersSeed();

  /** Whether a missing container is made; otherwise it is a fault. */
  @WithDefault("false")
  boolean createContainerOnPut();

  /**
   * Whether images go to the accounts of the projects that upload them, each into a container
   * {@code <container>_<image id>}, with the user's token. Reads and deletions are made by {@code
   * user}, which then has to be a reseller admin of Swift. Default false: all in {@code user}'s
   * account, whose images stay readable when this is switched on.
   */
  @WithDefault("false")
  boolean multiTenant();

  /** The ids of projects that may write to all containers of images; with {@code multi-tenant}. */
  Optional<List<String>> adminTenants();

  /** What stands before the project's id in an account's URL; with {@code multi-tenant}. */
  @WithDefault("AUTH_")
  String resellerPrefix();

  /**
   * The largest part of an image that becomes one object, in bytes. What is longer becomes several
   * and a static large object that joins them; each may be sent again by itself. Default 16 MiB,
   * upstream's 200 MB would have to be held in memory.
   */
  @WithDefault("16M")
  MemorySize largeObjectChunkSize();

  /**
   * The memory that all uploads to this store share for bytes on their way, beside 1 MiB that each
   * has for itself: so many objects are sent at once. Outside the Java heap. Default 64 MiB.
   */
  @WithDefault("64M")
  MemorySize uploadBuffer();

  /** How many parts a manifest may join: {@code max_manifest_segments} of Swift. */
  @WithDefault("1000")
  int maxManifestSegments();

  /** How long a connection, an answer or the next bytes of one may take. Default 60 s. */
  @WithDefault("60s")
  Duration timeout();

  /** How often a request that Swift may answer better later is made again. Default 5. */
  @WithDefault("5")
  int retries();

  /** How long to wait before the first of them; twice as long before each further one. */
  @WithDefault("500ms")
  Duration retryDelay();

  /** How often a download that broke off is taken up where it was. Default 5. */
  @WithDefault("5")
  int retryGetCount();

  /** A file of PEM certificates that Swift's and Keystone's must descend from. */
  Optional<Path> cacert();

  /** What is wrong with these settings, a sentence each that names the property. */
  static List<String> findings(String property, SwiftConfig config) {
    List<String> findings = new ArrayList<>();
    if (config.authAddress().filter(SwiftConfig::isHttp).isEmpty()) {
      findings.add(property + ".auth-address is required and has to be an http or https URL");
    }
    if (config.endpoint().filter(url -> !isHttp(url)).isPresent()) {
      findings.add(property + ".endpoint is no http or https URL");
    }
    if (!config.authVersion().equals("1") && !config.authVersion().equals("3")) {
      findings.add(
          property
              + ".auth-version is "
              + config.authVersion()
              + "; it can be 3 for Keystone, or 1 for Swift's own accounts");
    }
    if (config.user().filter(user -> user.matches("[^:]+:.+")).isEmpty()) {
      findings.add(property + ".user is required and has the form project:user");
    }
    if (config.key().isPresent() == config.keyFile().isPresent()) {
      findings.add("one of " + property + ".key and " + property + ".key-file is required");
    }
    config
        .keyFile()
        .filter(file -> !Files.isReadable(file))
        .ifPresent(file -> findings.add(unreadable(property + ".key-file", file)));
    config
        .cacert()
        .filter(file -> !Files.isReadable(file))
        .ifPresent(file -> findings.add(unreadable(property + ".cacert", file)));
    if (!config.endpointType().matches("(public|internal|admin)URL")) {
      findings.add(property + ".endpoint-type can be publicURL, internalURL or adminURL");
    }
    if (!config.defaultSwiftReference().matches("[A-Za-z0-9._-]+")) {
      findings.add(
          property + ".default-swift-reference may hold letters, digits, dots, dashes and _ only");
    }
    if (config.container().isBlank() || config.container().contains("/")) {
      findings.add(property + ".container must be a name without slashes");
    }
    if (config.multipleContainersSeed() < 0 || config.multipleContainersSeed() > 32) {
      findings.add(property + ".multiple-containers-seed must be from 0 to 32");
    }
    if (config.multiTenant() && config.multipleContainersSeed() > 0) {
      findings.add(
          property
              + ".multi-tenant gives each image a container of its own, so .multiple-containers-seed"
              + " must be 0");
    }
    long buffer = config.uploadBuffer().asLongValue();
    if (buffer < TransferMemory.PIECE_BYTES || buffer > 1L << 40) {
      findings.add(property + ".upload-buffer must be 1M or more");
    }
    long chunk = config.largeObjectChunkSize().asLongValue();
    if (chunk < 1 || chunk > buffer) {
      findings.add(
          property + ".large-object-chunk-size must be at most " + property + ".upload-buffer");
    }
    if (config.maxManifestSegments() < 2) {
      findings.add(property + ".max-manifest-segments must be 2 or more");
    }
    if (!config.timeout().isPositive() || config.retryDelay().isNegative()) {
      findings.add(property + ".timeout and .retry-delay must be more than 0");
    }
    if (config.retries() < 0 || config.retryGetCount() < 0) {
      findings.add(property + ".retries and .retry-get-count must be 0 or more");
    }
    return findings;
  }

  private static boolean isHttp(URI url) {
    boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    return isHttp && url.getHost() != null;
  }

  private static String unreadable(String property, Path file) {
    return property + " names a file that cannot be read: " + file;
  }
}
