package dev.glance.model.registry;

class FakeTasksTest extends TaskContract {
  private final FakeTasks tasks = new FakeTasks();

  @Override
  protected TasksApi tasks() {
    return tasks;
  }
}
