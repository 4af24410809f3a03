package dev.glance.api;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.glance.api.auth.AuthConfig;
import dev.glance.api.auth.basic.BasicConfig;
import dev.glance.api.auth.headers.HeadersConfig;
import dev.glance.api.auth.keystone.KeystoneConfig;
import dev.glance.api.auth.oidc.OidcConfig;
import dev.glance.api.data.DataConfig;
import dev.glance.api.http.CorsConfig;
import dev.glance.api.http.HttpConfig;
import dev.glance.api.image.ImageConfig;
import dev.glance.api.image.ImageSchema;
import dev.glance.api.job.JobsConfig;
import dev.glance.api.keymanager.KeyManagerConfig;
import dev.glance.api.location.LocationConfig;
import dev.glance.api.metrics.MetricsConfig;
import dev.glance.api.policy.Policy;
import dev.glance.api.policy.PolicyConfig;
import dev.glance.api.policy.PropertyProtectionConfig;
import dev.glance.api.policy.PropertyProtections;
import dev.glance.api.quota.QuotaConfig;
import dev.glance.api.registry.RegistryConfig;
import dev.glance.api.store.StoreDefaultsConfig;
import dev.glance.api.store.Stores;
import dev.glance.api.store.StoresConfig;
import dev.glance.api.task.TaskConfig;
import dev.glance.model.ServiceLinks;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Looks at the whole configuration before anything starts, and says everything that is wrong with
 * it at once. The known names come from the mapping interfaces, so that they cannot drift. Keys
 * below {@code glance.registry.} are glance-registry's and are not looked at.
 */
final class StartupChecks {
  static final List<Class<?>> MAPPINGS =
      List.of(
          HttpConfig.class,
          CorsConfig.class,
          MetricsConfig.class,
          ImageConfig.class,
          DataConfig.class,
          QuotaConfig.class,
          RegistryConfig.class,
          JobsConfig.class,
          LocationConfig.class,
          KeyManagerConfig.class,
          AuthConfig.class,
          BasicConfig.class,
          PolicyConfig.class,
          PropertyProtectionConfig.class,
          OidcConfig.class,
          HeadersConfig.class,
          KeystoneConfig.class,
          StoreDefaultsConfig.class,
          StoresConfig.class,
          TaskConfig.class);

  /**
   * The roots whose environment variables are ours. Others that begin with GLANCE_ are the compose
   * file's or a test's.
   */
  private static final Pattern OUR_VARIABLE =
      Pattern.compile("GLANCE_(API|AUTH|POLICY|STORES)_\\w+");

  private StartupChecks() {}

  /** What is wrong with the process's own configuration, a sentence each; empty when nothing is. */
  static List<String> problems() {
    return problems(
        new SmallRyeConfigBuilder().addDefaultSources().addDiscoveredSources(), System.getenv());
  }

  /** The process's own configuration, for commands that run instead of the service. */
  static SmallRyeConfig settings() {
    SmallRyeConfigBuilder builder =
        new SmallRyeConfigBuilder()
            .addDefaultInterceptors()
            .addDiscoveredConverters()
            .addDefaultSources()
            .addDiscoveredSources()
            .withValidateUnknown(false);
    MAPPINGS.forEach(builder::withMapping);
    return builder.build();
  }

  /** What is wrong with what the builder's sources hold. */
  static List<String> problems(SmallRyeConfigBuilder builder, Map<String, String> environment) {
    SmallRyeConfig all;
    try {
      all = builder.addDefaultInterceptors().build();
    } catch (RuntimeException e) {
      return List.of("The configuration cannot be read: " + e.getMessage() + ".");
    }
    Set<String> problems = new LinkedHashSet<>(unknownKeys(all, environment));
    SmallRyeConfigBuilder mapped =
        new SmallRyeConfigBuilder()
            .addDefaultInterceptors()
            .addDiscoveredConverters()
            .withSources(StreamSupport.stream(all.getConfigSources().spliterator(), false).toList())
            .withValidateUnknown(false);
    MAPPINGS.forEach(mapped::withMapping);
    try {
      problems.addAll(contradictions(mapped.build()));
    } catch (ConfigValidationException e) {
      for (int i = 0; i < e.getProblemCount(); i++) {
        problems.add(sentence(e.getProblem(i).getMessage()));
      }
    }
    return List.copyOf(problems);
  }

  private static Set<String> unknownKeys(SmallRyeConfig config, Map<String, String> environment) {
    Set<String> known =
        MAPPINGS.stream()
            .flatMap(
                m -> ConfigMappings.getProperties(ConfigClass.configClass(m)).keySet().stream())
            .collect(Collectors.toSet());
    Pattern keys = anyOf(known.stream().map(name -> pattern(name, "(\"[^\"]+\"|[^.\"]+)")));
    Pattern variables =
        anyOf(known.stream().map(StartupChecks::variable).map(name -> pattern(name, "\\w+")));
    Set<String> problems = new TreeSet<>();
    for (ConfigSource source : config.getConfigSources()) {
      if (source instanceof EnvConfigSource) {
        continue;
      }
      source.getPropertyNames().stream()
          // A profile in front (%prod.glance.…) does not change what the key is.
          .map(name -> name.replaceFirst("^%[^.]+\\.", ""))
          .filter(name -> name.startsWith("glance.") && !name.startsWith("glance.registry."))
          .filter(name -> !keys.matcher(name).matches())
          .forEach(name -> problems.add("There is no setting " + name + "."));
    }
    environment.forEach(
        (name, value) -> {
          if (OUR_VARIABLE.matcher(name).matches()
              && !variables.matcher(name).matches()
              && !ServiceLinks.contains(name, value)) {
            problems.add("There is no setting for the environment variable " + name + ".");
          }
        });
    return problems;
  }

  private static Pattern anyOf(Stream<String> patterns) {
    return Pattern.compile(patterns.collect(Collectors.joining("|")));
  }

  /** The form of a known name, in which a star stands for what the operator chose. */
  private static String pattern(String name, String star) {
    return Stream.of(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(star));
  }

  private static String variable(String property) {
    return property.replaceAll("[^A-Za-z0-9*]", "_").toUpperCase(Locale.ROOT);
  }

  private static List<String> contradictions(SmallRyeConfig config) {
    List<String> problems = new ArrayList<>();
    HttpConfig http = config.getConfigMapping(HttpConfig.class);
    checkHttp(http, problems);
    checkAuth(http, config.getConfigMapping(AuthConfig.class), problems);
    authFindings(config).forEach(finding -> problems.add(sentence(finding)));
    checkRegistry(config.getConfigMapping(RegistryConfig.class), problems);
    checkPolicy(
        config.getConfigMapping(PolicyConfig.class),
        config.getConfigMapping(PropertyProtectionConfig.class),
        problems);
    ImageConfig image = config.getConfigMapping(ImageConfig.class);
    if (image.apiLimitMax() < 1) {
      problems.add("glance.api.api-limit-max must be 1 or more.");
    }
    if (image.limitParamDefault() < 1) {
      problems.add("glance.api.limit-param-default must be 1 or more.");
    }
    boolean isKeystoneReadable =
        config.getConfigMapping(AuthConfig.class).mode() == AuthConfig.Mode.KEYSTONE
            && config.getConfigMapping(KeystoneConfig.class).systemScope().isPresent();
    QuotaConfig.findings(config.getConfigMapping(QuotaConfig.class), isKeystoneReadable)
        .forEach(finding -> problems.add(sentence(finding)));
    ImageSchema.findings(image, config.getConfigMapping(StoresConfig.class))
        .forEach(finding -> problems.add(sentence(finding)));
    Stores.findings(
            config.getConfigMapping(StoresConfig.class),
            config.getConfigMapping(StoreDefaultsConfig.class).defaultStore())
        .forEach(finding -> problems.add(sentence(finding)));
    KeyManagerConfig.findings(config.getConfigMapping(KeyManagerConfig.class))
        .forEach(finding -> problems.add(sentence(finding)));
    DataConfig.findings(config.getConfigMapping(DataConfig.class), directMemoryBytes())
        .forEach(finding -> problems.add(sentence(finding)));
    return problems;
  }

  /** The JVM's limit of direct buffers, which is as large as the heap where none is set. */
  private static long directMemoryBytes() {
    long limit =
        Long.parseLong(
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue());
    return limit == 0 ? Runtime.getRuntime().maxMemory() : limit;
  }

  private static void checkHttp(HttpConfig http, List<String> problems) {
    if (http.listenPort() < 0 || http.listenPort() > 65535) {
      problems.add("glance.api.listen-port is not a port: " + http.listenPort() + ".");
    }
    http.publicEndpoint()
        .filter(url -> !url.matches("https?://.+"))
        .ifPresent(
            url ->
                problems.add("glance.api.public-endpoint is no http or https URL: " + url + "."));
    if (http.maxRequestIdLength() < 1) {
      problems.add("glance.api.max-request-id-length must be 1 or more.");
    }
  }

  private static void checkAuth(HttpConfig http, AuthConfig auth, List<String> problems) {
    boolean isLoopback;
    try {
      isLoopback = InetAddress.getByName(http.listenHost()).isLoopbackAddress();
    } catch (UnknownHostException _) {
      problems.add(
          "glance.api.listen-host is no address of this machine: " + http.listenHost() + ".");
      return;
    }
    boolean isOpen =
        switch (auth.mode()) {
          case NONE -> !auth.none().allowRemote();
          case HTTP_BASIC, OIDC, HEADERS, KEYSTONE -> false;
        };
    if (isOpen && !isLoopback) {
      problems.add(
          "glance.auth.mode is none, so everyone who reaches "
              + http.listenHost()
              + " (glance.api.listen-host) would be admin. Listen on 127.0.0.1, or set"
              + " glance.auth.none.allow-remote=true if something else guards this address.");
    }
  }

  /** Only the settings of the mode in use are looked at. */
  private static List<String> authFindings(SmallRyeConfig config) {
    return switch (config.getConfigMapping(AuthConfig.class).mode()) {
      case NONE -> List.of();
      case HTTP_BASIC ->
          BasicConfig.findings(
              config.getConfigMapping(BasicConfig.class),
              config.getConfigMapping(StoreDefaultsConfig.class).dataDir());
      case OIDC -> OidcConfig.findings(config.getConfigMapping(OidcConfig.class));
      case HEADERS -> HeadersConfig.findings(config.getConfigMapping(HeadersConfig.class));
      case KEYSTONE -> KeystoneConfig.findings(config.getConfigMapping(KeystoneConfig.class));
    };
  }

  private static void checkPolicy(
      PolicyConfig policy, PropertyProtectionConfig protection, List<String> problems) {
    Optional<String> finding = Policy.finding(policy);
    // What protects properties may refer to the policy's rules, so a broken policy is told alone.
    finding
        .or(() -> PropertyProtections.finding(protection, policy))
        .ifPresent(problem -> problems.add(sentence(problem)));
  }

  private static void checkRegistry(RegistryConfig registry, List<String> problems) {
    if (registry.token().isPresent() && registry.tokenFile().isPresent()) {
      problems.add(
          "Both glance.api.registry.token and glance.api.registry.token-file are set; one of them"
              + " is enough.");
    } else if (registry.token().isEmpty() && registry.tokenFile().isEmpty()) {
      problems.add(
          "Neither glance.api.registry.token nor glance.api.registry.token-file is set:"
              + " glance-registry answers only callers that show the shared token.");
    }
    registry
        .tokenFile()
        .filter(file -> !Files.isReadable(file))
        .ifPresent(
            file ->
                problems.add(
                    "glance.api.registry.token-file names a file that cannot be read: "
                        + file
                        + "."));
    if (registry.timeout().isNegative() || registry.timeout().isZero()) {
      problems.add("glance.api.registry.timeout must be more than 0.");
    }
    if (registry.maxConnections() < 1) {
      problems.add("glance.api.registry.max-connections must be 1 or more.");
    }
    String scheme = registry.url().getScheme();
    if (!"http".equals(scheme) && !"https".equals(scheme)) {
      problems.add("glance.api.registry.url is no http or https URL: " + registry.url() + ".");
    }
  }

  /** A problem of the configuration library without its codes and class names. */
  private static String sentence(String problem) {
    String plain =
        problem
            .replaceAll("^[\\w.]+Exception: ", "")
            .replaceAll("SRCFG\\d+: ", "")
            .replaceAll(" to enum class [\\w.$]+", "");
    return plain.endsWith(".") ? plain : plain + ".";
  }
}
