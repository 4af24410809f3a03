package dev.glance.registry.task;

import dev.glance.model.registry.TaskContract;
import dev.glance.model.registry.TasksApi;
import dev.glance.registry.EmbeddedDatabase;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;

/** Tasks in PostgreSQL. */
@QuarkusTest
@QuarkusTestResource(EmbeddedDatabase.class)
class TasksTest extends TaskContract {
  @Inject TasksApi tasks;

  @Override
  protected TasksApi tasks() {
    return tasks;
  }
}
