package dev.glance.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What `kubectl kustomize` makes of deploy/kubernetes and deploy/kubernetes-try, and what must be
 * true of it.
 */
class KubernetesManifestsTest {

  private static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();
  // The first whose kustomize takes folders as resources and lists of environment files.
  private static final int OLDEST_MINOR_VERSION = 21;
  private static final YAMLMapper YAML = new YAMLMapper(new YAMLFactory());

  private List<JsonNode> base = List.of();
  private List<JsonNode> withPostgres = List.of();

  @BeforeEach
  void render(@TempDir Path scratch) throws Exception {
    assumeTrue(
        onPath("kubectl") && kubectlMinorVersion(scratch) >= OLDEST_MINOR_VERSION,
        "needs kubectl 1.21 or later (package kubernetes-client, from Debian 13 on)");
    base = kustomize(DEPLOY.resolve("kubernetes"), scratch);
    withPostgres = kustomize(copyWithSecrets(scratch), scratch);
  }

  @Test
  void rendersTheServicesWithWhatTheyNeed() {
    assertThat(named(base))
        .contains(
            "Deployment/glance-api",
            "Deployment/glance-registry",
            "Service/glance-api",
            "Service/glance-registry",
            "PersistentVolumeClaim/glance-images");
    assertThat(named(withPostgres)).contains("StatefulSet/postgres", "Service/postgres");
  }

  /** Else Kubernetes injects GLANCE_API_PORT=tcp://… for the Service glance-api. */
  @Test
  void noPodIsGivenServiceLinks() {
    assertThat(workloads())
        .allSatisfy(
            workload -> {
              assertThat(pod(workload).path("enableServiceLinks").asText()).isEqualTo("false");
              assertThat(pod(workload).path("automountServiceAccountToken").asText())
                  .isEqualTo("false");
            });
  }

  @Test
  void everyContainerRunsWithoutPrivileges() {
    assertThat(workloads())
        .allSatisfy(
            workload -> {
              JsonNode podContext = pod(workload).path("securityContext");
              assertThat(podContext.path("runAsNonRoot").asBoolean()).isTrue();
              assertThat(podContext.path("runAsUser").asInt()).isPositive();
              assertThat(podContext.path("seccompProfile").path("type").asText())
                  .isEqualTo("RuntimeDefault");
              JsonNode context = container(workload).path("securityContext");
              assertThat(context.path("readOnlyRootFilesystem").asBoolean()).isTrue();
              assertThat(context.path("allowPrivilegeEscalation").asText()).isEqualTo("false");
              assertThat(context.path("capabilities").path("drop").path(0).asText())
                  .isEqualTo("ALL");
              assertThat(container(workload).path("resources").path("limits").has("memory"))
                  .isTrue();
            });
  }

  /**
   * Liveness must not ask for the registry or the database: restarting a pod brings neither back.
   */
  @Test
  void bothServicesAreProbedOnTheirOwnPort() {
    assertThat(workloads(base))
        .hasSize(2)
        .allSatisfy(
            workload -> {
              assertThat(probePath(workload, "startupProbe")).isEqualTo("/healthcheck/live");
              assertThat(probePath(workload, "livenessProbe")).isEqualTo("/healthcheck/live");
              assertThat(probePath(workload, "readinessProbe")).isEqualTo("/healthcheck/ready");
            });
  }

  /**
   * A pod that is killed before has cut its transfers without a word, and leaves them to a sweep.
   */
  @Test
  void aPodMayEndAsLongAsItsServiceTakesToStop() {
    JsonNode api =
        workloads(base)
            .filter(
                workload -> workload.path("metadata").path("name").asText().equals("glance-api"))
            .findFirst()
            .orElseThrow();
    JsonNode settings =
        ofKind(base, "ConfigMap").stream()
            .map(map -> map.path("data"))
            .filter(data -> data.has("GLANCE_API_SHUTDOWN_DELAY"))
            .findFirst()
            .orElseThrow();

    assertThat(api.at("/spec/template/spec/terminationGracePeriodSeconds").asInt())
        .isGreaterThanOrEqualTo(
            seconds(settings, "GLANCE_API_SHUTDOWN_DELAY")
                + seconds(settings, "GLANCE_API_SHUTDOWN_TIMEOUT")
                + 10);
  }

  private static int seconds(JsonNode settings, String key) {
    return Integer.parseInt(settings.path(key).asText().replaceFirst("s$", ""));
  }

  @Test
  void secretsAreInSecretsAndTheBaseHasNone() {
    assertThat(ofKind(withPostgres, "ConfigMap"))
        .allSatisfy(
            map ->
                assertThat(map.path("data").fieldNames())
                    .toIterable()
                    .noneMatch(key -> key.matches("(?i).*(PASSWORD|TOKEN|SECRET).*")));
    assertThat(ofKind(base, "Secret"))
        .hasSize(3)
        .allSatisfy(secret -> assertThat(values(secret)).containsOnly(""));
    assertThat(ofKind(withPostgres, "Secret"))
        .hasSize(3)
        .allSatisfy(secret -> assertThat(values(secret)).doesNotContain(""));
  }

  @Test
  void onlyTheRegistryAndTheDatabaseSeeTheDatabasesPassword() {
    assertThat(
            workloads(withPostgres)
                .filter(workload -> workload.toString().contains("glance-database")))
        .extracting(workload -> workload.path("metadata").path("name").asText())
        .containsExactlyInAnyOrder("glance-registry", "postgres");
  }

  /** Each is an address inside the cluster; to publish one is the operator's decision. */
  @Test
  void noServiceIsPublished() {
    assertThat(ofKind(withPostgres, "Service"))
        .allSatisfy(service -> assertThat(service.path("spec").has("type")).isFalse());
  }

  @Test
  void neitherLetsAnyoneInUnknown() {
    for (List<JsonNode> documents : List.of(base, withPostgres)) {
      assertThat(documents.toString()).doesNotContain("ALLOW_REMOTE");
      assertThat(ofKind(documents, "ConfigMap"))
          .extracting(map -> map.path("data").path("GLANCE_AUTH_MODE").asText())
          .contains("http_basic");
    }
  }

  private Stream<JsonNode> workloads() {
    return Stream.concat(workloads(base), workloads(withPostgres));
  }

  private static Stream<JsonNode> workloads(List<JsonNode> documents) {
    return documents.stream().filter(document -> document.path("spec").has("template"));
  }

  private static List<JsonNode> ofKind(List<JsonNode> documents, String kind) {
    return documents.stream()
        .filter(document -> document.path("kind").asText().equals(kind))
        .toList();
  }

  private static Set<String> named(List<JsonNode> documents) {
    return documents.stream()
        .map(
            document ->
                document.path("kind").asText()
                    + "/"
                    + document.path("metadata").path("name").asText())
        .collect(Collectors.toSet());
  }

  private static JsonNode pod(JsonNode workload) {
    return workload.path("spec").path("template").path("spec");
  }

  private static JsonNode container(JsonNode workload) {
    assertThat(pod(workload).path("containers")).hasSize(1);
    return pod(workload).path("containers").path(0);
  }

  private static String probePath(JsonNode workload, String probe) {
    return container(workload).path(probe).path("httpGet").path("path").asText();
  }

  private static List<String> values(JsonNode secret) {
    List<String> values = new ArrayList<>();
    secret.path("data").forEach(value -> values.add(value.asText()));
    return values;
  }

  /** kubernetes-try as its first lines say to prepare it. */
  private static Path copyWithSecrets(Path scratch) throws IOException {
    for (String folder : List.of("kubernetes", "kubernetes-try")) {
      Files.createDirectories(scratch.resolve(folder));
      try (Stream<Path> files = Files.list(DEPLOY.resolve(folder)).filter(Files::isRegularFile)) {
        for (Path file : files.toList()) {
          Files.copy(file, scratch.resolve(folder).resolve(file.getFileName()));
        }
      }
    }
    Path secrets = Files.createDirectories(scratch.resolve("kubernetes-try/secrets"));
    Files.writeString(secrets.resolve("database.env"), "password=of-the-database\n");
    Files.writeString(secrets.resolve("service-token.env"), "token=of-the-services\n");
    Files.writeString(secrets.resolve("admin.env"), "password=of-the-admin\n");
    return scratch.resolve("kubernetes-try");
  }

  private static int kubectlMinorVersion(Path scratch) throws Exception {
    JsonNode version = kubectl(scratch, "version", "--client", "--output=json").getFirst();
    return Integer.parseInt(
        version.path("clientVersion").path("minor").asText().replaceAll("\\D", ""));
  }

  private static List<JsonNode> kustomize(Path folder, Path scratch) throws Exception {
    return kubectl(scratch, "kustomize", folder.toString());
  }

  /** The documents that kubectl prints; JSON is YAML too. */
  private static List<JsonNode> kubectl(Path scratch, String... arguments) throws Exception {
    Path output = scratch.resolve("output.yaml");
    Path errors = scratch.resolve("errors.txt");
    int exit =
        new ProcessBuilder(Stream.concat(Stream.of("kubectl"), Stream.of(arguments)).toList())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start()
            .waitFor();
    assertThat(exit).as(Files.readString(errors, UTF_8)).isZero();
    try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(output.toFile())) {
      return documents.readAll();
    }
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
