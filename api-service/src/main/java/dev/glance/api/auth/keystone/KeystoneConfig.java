package dev.glance.api.auth.keystone;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Where Keystone is, as whom to ask it, and for how long to believe it. */
@ConfigMapping(prefix = "glance.auth.keystone")
public interface KeystoneConfig {
  /** Where the service itself reaches Keystone, with {@code /v3} at the end or without. */
  Optional<URI> url();

  /** Where clients are sent for a token, in each 401; without it {@link #url}. */
  Optional<String> wwwAuthenticateUri();

  /** The user that the service is in Keystone; needs the role {@code service} or {@code admin}. */
  Optional<String> username();

  /** That user's password; a secret. */
  Optional<String> password();

  /** A file that holds the password on its first line, instead of {@code password}. */
  Optional<Path> passwordFile();

  /** The project that the user has its role in. */
  Optional<String> projectName();

  /** The name of the user's domain. */
  @WithDefault("Default")
  String userDomainName();

  /** The name of the project's domain. */
  @WithDefault("Default")
  String projectDomainName();

  /**
   * {@code all}: the user's role is one for the whole system, instead of in a project. Reading
   * other projects' unified limits takes that (role {@code reader}), checking tokens does not.
   */
  Optional<String> systemScope();

  /** The region that this service is in, for unified limits. */
  Optional<String> regionName();

  /** How long a checked token is believed, so how late a revocation may be noticed; 0 for never. */
  @WithDefault("300s")
  Duration tokenCacheTime();

  /** The most tokens remembered; each takes about 1 KiB. */
  @WithDefault("10000")
  int tokenCacheSize();

  /** The roles of which a service token must have one to count. */
  @WithDefault("service")
  Set<String> serviceTokenRoles();

  /** Whether callers without a valid token may read what policy lets anyone read. */
  @WithDefault("false")
  boolean allowAnonymousAccess();

  /** How long one call to Keystone may take before it counts as failed. */
  @WithDefault("5s")
  Duration timeout();

  /** The most connections kept open to Keystone. */
  @WithDefault("32")
  int maxConnections();

  /** A file of PEM certificates that Keystone's must descend from, instead of the JDK's own. */
  Optional<Path> caFile();

  /** Whether any certificate of Keystone's will do; for trials only. */
  @WithDefault("false")
  boolean insecure();

  /** What is missing or contradictory, a sentence each; asked only where this mode is chosen. */
  static List<String> findings(KeystoneConfig config) {
    List<String> findings = new ArrayList<>();
    config
        .url()
        .ifPresentOrElse(
            url -> {
              boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
              if (!isHttp || url.getHost() == null) {
                findings.add("glance.auth.keystone.url is no http or https URL: " + url);
              }
            },
            () -> findings.add(missing("url")));
    if (config.username().isEmpty()) {
      findings.add(missing("username"));
    }
    checkPassword(config, findings);
    checkScope(config, findings);
    if (config.tokenCacheTime().isNegative()) {
      findings.add("glance.auth.keystone.token-cache-time must be 0 or more");
    }
    if (config.tokenCacheSize() < 1) {
      findings.add("glance.auth.keystone.token-cache-size must be 1 or more");
    }
    if (!config.timeout().isPositive()) {
      findings.add("glance.auth.keystone.timeout must be more than 0");
    }
    if (config.maxConnections() < 1) {
      findings.add("glance.auth.keystone.max-connections must be 1 or more");
    }
    config.caFile().ifPresent(file -> checkReadable("ca-file", file, findings));
    if (config.insecure() && config.caFile().isPresent()) {
      findings.add(
          "Both glance.auth.keystone.ca-file and glance.auth.keystone.insecure are set; insecure"
              + " would make the file meaningless");
    }
    return findings;
  }

  private static void checkPassword(KeystoneConfig config, List<String> findings) {
    if (config.password().isPresent() && config.passwordFile().isPresent()) {
      findings.add(
          "Both glance.auth.keystone.password and glance.auth.keystone.password-file are set; one"
              + " of them is enough");
    } else if (config.password().isEmpty() && config.passwordFile().isEmpty()) {
      findings.add(missing("password or glance.auth.keystone.password-file"));
    }
    config.passwordFile().ifPresent(file -> checkReadable("password-file", file, findings));
  }

  private static void checkScope(KeystoneConfig config, List<String> findings) {
    if (config.projectName().isPresent() && config.systemScope().isPresent()) {
      findings.add(
          "Both glance.auth.keystone.project-name and glance.auth.keystone.system-scope are set; a"
              + " token is for one of them");
    } else if (config.projectName().isEmpty() && config.systemScope().isEmpty()) {
      findings.add(missing("project-name or glance.auth.keystone.system-scope"));
    }
    config
        .systemScope()
        .filter(scope -> !scope.equals("all"))
        .ifPresent(
            scope ->
                findings.add("glance.auth.keystone.system-scope can only be all, not " + scope));
  }

  private static String missing(String key) {
    return "glance.auth.mode is keystone, which needs glance.auth.keystone." + key;
  }

  private static void checkReadable(String key, Path file, List<String> findings) {
    if (!Files.isReadable(file)) {
      findings.add("glance.auth.keystone." + key + " names a file that cannot be read: " + file);
    }
  }
}
