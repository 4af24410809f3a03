package dev.glance.api.registry;

import dev.glance.api.http.RequestId;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.JobsApi;
import dev.glance.model.registry.MembersApi;
import dev.glance.model.registry.MetadefsApi;
import dev.glance.model.registry.QuotasApi;
import dev.glance.model.registry.TasksApi;
import dev.glance.model.registry.UploadsApi;
import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import jakarta.ws.rs.client.ClientRequestFilter;
import jakarta.ws.rs.core.HttpHeaders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;

/**
 * Builds the registry's interfaces over kept-alive HTTP with the service token. A call blocks its
 * (virtual) thread and throws {@link dev.glance.model.error.GlanceException} for what the registry
 * refuses, or {@link jakarta.ws.rs.ProcessingException} when there is no answer; both reach the
 * client through {@link dev.glance.api.http.Errors}.
 */
@Singleton
final class RegistryClients {
  private final RegistryConfig config;
  private final String authorization;

  RegistryClients(RegistryConfig config) {
    this.config = config;
    this.authorization = "Bearer " + token(config);
  }

  @Produces
  @Singleton
  ImagesApi images() {
    return build(ImagesClient.class);
  }

  @Produces
  @Singleton
  MembersApi members() {
    return build(MembersClient.class);
  }

  @Produces
  @Singleton
  UploadsApi uploads() {
    return build(UploadsClient.class);
  }

  @Produces
  @Singleton
  JobsApi jobs() {
    return build(JobsClient.class);
  }

  @Produces
  @Singleton
  MetadefsApi metadefs() {
    return build(MetadefsClient.class);
  }

  @Produces
  @Singleton
  TasksApi tasks() {
    return build(TasksClient.class);
  }

  @Produces
  @Singleton
  QuotasApi quotas() {
    return build(QuotasClient.class);
  }

  private <T> T build(Class<T> client) {
    long timeoutMillis = config.timeout().toMillis();
    return QuarkusRestClientBuilder.newBuilder()
        .baseUri(config.url())
        .connectTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
        .readTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
        .property("io.quarkus.rest.client.connection-pool-size", config.maxConnections())
        .register(headers(), ClientRequestFilter.class)
        .register(RegistryErrors.class)
        .build(client);
  }

  private ClientRequestFilter headers() {
    return request -> {
      request.getHeaders().putSingle(HttpHeaders.AUTHORIZATION, authorization);
      String id = RequestId.current();
      if (id != null) {
        request.getHeaders().putSingle(RequestId.HEADER, id);
      }
    };
  }

  private static String token(RegistryConfig config) {
    return config
        .tokenFile()
        .map(
            file -> {
              try {
                return Files.readString(file).strip();
              } catch (IOException e) {
                throw new UncheckedIOException("glance.api.registry.token-file: " + e, e);
              }
            })
        .or(config::token)
        .orElse("");
  }
}
