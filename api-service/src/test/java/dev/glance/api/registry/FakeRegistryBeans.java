package dev.glance.api.registry;

import dev.glance.model.registry.FakeRegistry;
import dev.glance.model.registry.FakeTasks;
import dev.glance.model.registry.ImagesApi;
import dev.glance.model.registry.JobsApi;
import dev.glance.model.registry.MembersApi;
import dev.glance.model.registry.QuotasApi;
import dev.glance.model.registry.TasksApi;
import dev.glance.model.registry.UploadsApi;
import io.quarkus.test.Mock;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Puts the registry in memory in the place of the clients, in every {@code @QuarkusTest}. */
final class FakeRegistryBeans {
  @Produces
  @Singleton
  FakeRegistry registry() {
    return new FakeRegistry();
  }

  @Mock
  @Produces
  @Singleton
  TasksApi tasks() {
    return new FakeTasks();
  }

  @Mock
  @Produces
  @Singleton
  ImagesApi images(FakeRegistry registry) {
    return registry;
  }

  @Mock
  @Produces
  @Singleton
  MembersApi members(FakeRegistry registry) {
    return registry;
  }

  @Mock
  @Produces
  @Singleton
  UploadsApi uploads(FakeRegistry registry) {
    return registry;
  }

  @Mock
  @Produces
  @Singleton
  JobsApi jobs(FakeRegistry registry) {
    return registry;
  }

  @Mock
  @Produces
  @Singleton
  QuotasApi quotas(FakeRegistry registry) {
    return registry;
  }
}
