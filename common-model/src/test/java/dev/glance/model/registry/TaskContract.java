package dev.glance.model.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;
import dev.glance.model.registry.TasksApi.NewTask;
import dev.glance.model.registry.TasksApi.TaskEnd;
import dev.glance.model.task.Task;
import dev.glance.model.task.TaskQuery;
import dev.glance.model.task.TaskQuery.SortKey;
import dev.glance.model.task.TaskStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every registry makes of tasks. Cases share one: each works in a project of its own. */
public abstract class TaskContract {
  private static final long AN_HOUR = 3_600_000;

  private final String project = UUID.randomUUID().toString();
  private final Scope member = new Scope(project, "user", List.of("member"), false, false);
  private final Scope stranger = new Scope("other", "user", List.of("member"), false, false);
  private final Scope admin = new Scope("ops", "root", List.of("admin"), true, false);

  /** The task calls of the registry under test. */
  protected abstract TasksApi tasks();

  @Test
  void aTaskIsKeptAsItWasMade() {
    Map<String, Object> input = Map.of("import_from", "http://h/x", "deep", List.of(Map.of()));

    Task task = tasks().create(member, new NewTask("import", "an image", "req-1", input, null));

    assertThat(task.status()).isEqualTo(TaskStatus.PENDING);
    assertThat(task.owner()).isEqualTo(project);
    assertThat(task.userId()).isEqualTo("user");
    assertThat(task.requestId()).isEqualTo("req-1");
    assertThat(task.imageId()).isEqualTo("an image");
    assertThat(task.input()).isEqualTo(input);
    assertThat(task.result()).isNull();
    assertThat(task.message()).isEmpty();
    assertThat(task.expiresAt()).isNull();
    assertThat(tasks().show(member, task.id().toUpperCase(Locale.ROOT))).isEqualTo(task);
    assertThat(tasks().show(admin, task.id())).isEqualTo(task);
  }

  @Test
  void howATaskEndedIsKeptForAWhile() {
    Task done = create("location_import", "i", new TaskEnd(null, AN_HOUR));
    Task failed = create("location_import", "i", new TaskEnd("the reason", AN_HOUR));
    Task gone = create("location_import", "i", new TaskEnd(null, 0));

    assertThat(done.status()).isEqualTo(TaskStatus.SUCCESS);
    assertThat(done.result()).isEqualTo(Map.of("image_id", "i"));
    assertThat(done.expiresAt()).isEqualTo(done.createdAt().plusMillis(AN_HOUR));
    assertThat(failed.status()).isEqualTo(TaskStatus.FAILURE);
    assertThat(failed.result()).isNull();
    assertThat(failed.message()).isEqualTo("the reason");
    assertRefused(ErrorCode.NOT_FOUND, () -> tasks().show(member, gone.id()));
    assertThat(tasks().ofImage(member, "I")).containsExactly(done, failed);
    assertThat(list(25, null, SortKey.CREATED_AT, false)).containsExactly(done, failed);
  }

  @Test
  void aTaskIsItsProjectsAndAdmins() {
    Task task = create("import", "of " + project, null);

    assertRefused(ErrorCode.FORBIDDEN, () -> tasks().show(stranger, task.id()));
    assertThat(tasks().ofImage(stranger, "of " + project)).isEmpty();
    assertThat(tasks().ofImage(admin, "of " + project)).containsExactly(task);
    assertThat(tasks().list(stranger, query(1000, null, SortKey.CREATED_AT, true)))
        .doesNotContain(task);
    assertThat(tasks().list(admin, query(1000, null, SortKey.CREATED_AT, true))).contains(task);
  }

  @Test
  void unknownTasksAreNotFound() {
    for (String id : List.of("no-uuid", UUID.randomUUID().toString())) {
      assertRefused(ErrorCode.NOT_FOUND, () -> tasks().show(admin, id));
      assertRefused(ErrorCode.MARKER_NOT_FOUND, () -> list(1, id, SortKey.CREATED_AT, true));
    }
    Task other = tasks().create(stranger, new NewTask("import", null, null, null, null));
    assertThat(other.input()).isNull();
    assertRefused(ErrorCode.FORBIDDEN, () -> list(1, other.id(), SortKey.CREATED_AT, true));
  }

  @Test
  void filtersNarrow() {
    Task pending = create("import", null, null);
    Task done = create("location_import", null, new TaskEnd(null, AN_HOUR));

    assertThat(
            tasks()
                .list(
                    member,
                    new TaskQuery(9, null, SortKey.CREATED_AT, true, TaskStatus.PENDING, null)))
        .containsExactly(pending);
    assertThat(
            tasks()
                .list(
                    member,
                    new TaskQuery(9, null, SortKey.CREATED_AT, true, null, "location_import")))
        .containsExactly(done);
    assertThat(
            tasks()
                .list(
                    member,
                    new TaskQuery(9, null, SortKey.CREATED_AT, true, TaskStatus.FAILURE, "import")))
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void pagesPutTogetherAreTheWholeList(SortKey key) {
    for (int i = 0; i < 3; i++) {
      create("import", null, null);
      create("location_import", null, new TaskEnd(null, AN_HOUR + i));
      create("api_image_import", null, new TaskEnd("failed", AN_HOUR));
    }

    List<Task> up = list(100, null, key, false);

    assertThat(up).hasSize(9);
    assertThat(list(100, null, key, true)).isEqualTo(up.reversed());
    for (boolean isDescending : List.of(true, false)) {
      List<Task> paged = new ArrayList<>();
      List<Task> page = list(2, null, key, isDescending);
      while (!page.isEmpty()) {
        paged.addAll(page);
        page = list(2, page.getLast().id(), key, isDescending);
      }
      assertThat(paged).isEqualTo(isDescending ? up.reversed() : up);
    }
    assertThat(list(0, null, key, true)).isEmpty();
  }

  private Task create(String type, @Nullable String image, @Nullable TaskEnd end) {
    return tasks().create(member, new NewTask(type, image, null, Map.of(), end));
  }

  private List<Task> list(int limit, @Nullable String marker, SortKey key, boolean isDescending) {
    return tasks().list(member, query(limit, marker, key, isDescending));
  }

  private static TaskQuery query(
      int limit, @Nullable String marker, SortKey key, boolean isDescending) {
    return new TaskQuery(limit, marker, key, isDescending, null, null);
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(GlanceException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
