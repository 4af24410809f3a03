package dev.glance.registry;

import dev.glance.model.ServiceLinks;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Looks at the whole configuration before anything starts, and says everything that is wrong with
 * it at once. Keys outside {@code glance.registry.} belong to others and are not looked at.
 */
public final class StartupChecks {
  private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
  private static final Duration LONGEST_LEASE = Duration.ofSeconds(15);

  private StartupChecks() {}

  /** The configuration as the running service will see it, and what is wrong with it. */
  record Findings(Optional<RegistryConfig> config, List<String> problems) {}

  /**
   * Checks the process's own configuration: system properties, environment, files. The files named
   * by {@code smallrye.config.locations} come from a discovered source.
   */
  static Findings check() {
    return check(
        new SmallRyeConfigBuilder().addDefaultSources().addDiscoveredSources(), System.getenv());
  }

  /** Checks what {@code builder}'s sources hold. */
  static Findings check(SmallRyeConfigBuilder builder, Map<String, String> environment) {
    SmallRyeConfig all;
    try {
      all = builder.addDefaultInterceptors().build();
    } catch (RuntimeException e) {
      return new Findings(
          Optional.empty(), List.of("The configuration cannot be read: " + e.getMessage() + "."));
    }
    List<String> problems = new ArrayList<>(unknownKeys(all, environment));
    Optional<RegistryConfig> config = Optional.empty();
    try {
      RegistryConfig read =
          new SmallRyeConfigBuilder()
              .addDefaultInterceptors()
              .addDiscoveredConverters()
              .withSources(
                  StreamSupport.stream(all.getConfigSources().spliterator(), false).toList())
              .withMapping(RegistryConfig.class)
              .withValidateUnknown(false)
              .build()
              .getConfigMapping(RegistryConfig.class);
      problems.addAll(contradictions(read));
      config = Optional.of(read);
    } catch (ConfigValidationException e) {
      for (int i = 0; i < e.getProblemCount(); i++) {
        problems.add(sentence(e.getProblem(i).getMessage()));
      }
    }
    return new Findings(config, List.copyOf(problems));
  }

  /**
   * The secret that {@code text} or {@code file} holds, without surrounding space; empty when
   * neither is there.
   *
   * @throws StartupException when the file cannot be read
   */
  public static Optional<String> secret(Optional<String> text, Optional<Path> file) {
    if (text.isPresent() || file.isEmpty()) {
      return text.map(String::strip);
    }
    try {
      return Optional.of(Files.readString(file.get()).strip());
    } catch (IOException e) {
      throw new StartupException("The file " + file.get() + " cannot be read.", e);
    }
  }

  private static Collection<String> unknownKeys(
      SmallRyeConfig config, Map<String, String> environment) {
    Set<String> known =
        ConfigMappings.getProperties(ConfigClass.configClass(RegistryConfig.class)).keySet();
    Set<String> problems = new TreeSet<>();
    for (ConfigSource source : config.getConfigSources()) {
      if (source instanceof EnvConfigSource) {
        continue;
      }
      source.getPropertyNames().stream()
          .filter(name -> name.startsWith(RegistryConfig.PREFIX + "."))
          .filter(name -> !known.contains(name))
          .forEach(name -> problems.add("There is no setting " + name + "."));
    }
    Set<String> knownVariables =
        known.stream().map(StartupChecks::variable).collect(Collectors.toSet());
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(variable(RegistryConfig.PREFIX) + "_")
              && !knownVariables.contains(name)
              && !ServiceLinks.contains(name, value)) {
            problems.add("There is no setting for the environment variable " + name + ".");
          }
        });
    return problems;
  }

  private static String variable(String property) {
    return property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }

  private static List<String> contradictions(RegistryConfig config) {
    List<String> problems = new ArrayList<>();
    checkSecret("glance.registry.token", config.token(), config.tokenFile(), problems);
    if (config.token().isEmpty() && config.tokenFile().isEmpty()) {
      problems.add(
          "Neither glance.registry.token nor glance.registry.token-file is set: the registry"
              + " answers only callers that show the shared token.");
    }
    if (config.listenPort() < 0 || config.listenPort() > 65535) {
      problems.add("glance.registry.listen-port is not a port: " + config.listenPort() + ".");
    }
    if (config.lease().compareTo(SHORTEST_LEASE) < 0
        || config.lease().compareTo(LONGEST_LEASE) > 0) {
      problems.add("glance.registry.lease must be from 1s to 15s.");
    }
    RegistryConfig.Database database = config.database();
    checkSecret(
        "glance.registry.database.password",
        database.password(),
        database.passwordFile(),
        problems);
    if (database.url().isEmpty()) {
      requireUrl("username", database.username().isPresent(), problems);
      requireUrl("password", database.password().isPresent(), problems);
      requireUrl("password-file", database.passwordFile().isPresent(), problems);
    } else if (!database.url().get().startsWith("jdbc:postgresql:")) {
      problems.add("glance.registry.database.url must start with jdbc:postgresql: .");
    }
    if (database.maxConnections() < 2) {
      problems.add("glance.registry.database.max-connections must be 2 or more.");
    }
    return problems;
  }

  private static void requireUrl(String key, boolean isSet, List<String> problems) {
    if (isSet) {
      problems.add(
          "glance.registry.database."
              + key
              + " is set without glance.registry.database.url, which it belongs to.");
    }
  }

  private static void checkSecret(
      String key, Optional<String> text, Optional<Path> file, List<String> problems) {
    if (text.isPresent() && file.isPresent()) {
      problems.add("Both " + key + " and " + key + "-file are set; one of them is enough.");
    } else if (text.isPresent() && text.get().isBlank()) {
      problems.add(key + " is blank.");
    } else if (file.isPresent()) {
      try {
        if (Files.readString(file.get()).isBlank()) {
          problems.add(key + "-file names an empty file: " + file.get() + ".");
        }
      } catch (IOException _) {
        problems.add(key + "-file names a file that cannot be read: " + file.get() + ".");
      }
    }
  }

  /** A problem of the configuration library without its codes. */
  private static String sentence(String problem) {
    String plain = problem.replaceAll("^[\\w.]+Exception: ", "").replaceAll("SRCFG\\d+: ", "");
    return plain.endsWith(".") ? plain : plain + ".";
  }
}
