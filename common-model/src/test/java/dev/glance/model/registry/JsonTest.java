package dev.glance.model.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.fasterxml.jackson.module.paramnames.ParameterNamesModule;
import dev.glance.model.error.ErrorBody;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.image.Image;
import dev.glance.model.image.ImageAttributes;
import dev.glance.model.image.ImageQuery;
import dev.glance.model.image.ImageStatus;
import dev.glance.model.image.Location;
import dev.glance.model.image.Visibility;
import dev.glance.model.task.Task;
import dev.glance.model.task.TaskQuery;
import dev.glance.model.task.TaskStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shared records survive the trip between the services, read as Quarkus reads them. */
class JsonTest {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModules(new JavaTimeModule(), new ParameterNamesModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);

  private static final Task TASK =
      new Task(
          "id",
          "import",
          TaskStatus.SUCCESS,
          null,
          Instant.EPOCH,
          Instant.EPOCH,
          Instant.EPOCH,
          null,
          null,
          "user",
          null,
          Map.of("image_id", "i"),
          "");
  private static final Limits LIMITS =
      new Limits("p", new Limits.StorageLimit("image_size_total", 1L << 40), 2L, 3L);
  private static final Location LOCATION =
      new Location("file:///a/b", Map.of("store", "fast", "nested", Map.of("n", 1)));
  private static final UploadKey KEY = new UploadKey("u", "i", 3, true);

  static Stream<Record> records() {
    Image image =
        new Image(
            "id",
            "näme 🐧",
            ImageStatus.PENDING_DELETE,
            Visibility.COMMUNITY,
            true,
            true,
            "p",
            List.of("a"),
            1,
            2,
            "bare",
            "raw",
            Long.MAX_VALUE,
            2L,
            "c",
            "sha512",
            "h",
            Instant.parse("2026-01-02T03:04:05.678901Z"),
            Instant.EPOCH,
            Map.of("k", "", "\"", "\\"),
            List.of(LOCATION),
            7);
    Image empty =
        new Image(
            "id",
            null,
            ImageStatus.QUEUED,
            Visibility.SHARED,
            false,
            false,
            null,
            List.of(),
            0,
            0,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            Instant.EPOCH,
            Instant.EPOCH,
            Map.of(),
            List.of(),
            1);
    return Stream.of(
        image,
        empty,
        new ImagesApi.NewImage(null, ImageAttributes.of(image)),
        new ImagesApi.ImageChange(4, ImageAttributes.of(empty)),
        new ImagesApi.ImageChange(
            4,
            ImageAttributes.of(empty),
            LIMITS,
            new ImagesApi.Relocation(List.of(LOCATION), 5L, "c", null, null)),
        new ImageQuery(
            25,
            "m",
            List.of(new ImageQuery.Sort(ImageQuery.SortKey.CREATED_AT, true)),
            List.of(new ImageQuery.Filter(ImageQuery.Filter.Kind.TAGS, "tag", List.of("a"))),
            true),
        new UploadsApi.UploadStart("fast", "w", null),
        new UploadsApi.UploadStart("fast", "w", 5L, LIMITS),
        new UploadsApi.UploadLease(KEY, 15_000, null),
        new UploadsApi.UploadLease(KEY, 15_000, 1L << 40),
        new UploadsApi.UploadProgress(1L << 40),
        new UploadsApi.UploadProgress(1, new UploadsApi.WantedBytes(2, LIMITS)),
        new UploadsApi.UploadRenewal(null, false),
        new UploadsApi.UploadRenewal(3L, true),
        new QuotasApi.Usage(1, 2, 3, 4),
        Limits.none("p"),
        new UploadsApi.UploadResult(LOCATION, 1, null, "c", "sha512", "h"),
        new UploadsApi.UploadFailure(true, true, "cause"),
        new JobsApi.Job(1, JobsApi.JobKind.DISCARD, "i", "fast", KEY, null, 1),
        new JobsApi.Job(2, JobsApi.JobKind.DELETE, "i", null, null, LOCATION, 1),
        new JobsApi.JobClaim("w", 3),
        TASK,
        new TasksApi.NewTask("import", null, null, null, null),
        new TasksApi.NewTask(
            "import", "i", "r", Map.of("a", List.of()), new TasksApi.TaskEnd("why", 1)),
        new TaskQuery(1, null, TaskQuery.SortKey.OWNER, true, TaskStatus.FAILURE, null),
        new JobsApi.JobOwner("w"),
        new JobsApi.JobFailure("w", "cause"),
        new ErrorBody(ErrorCode.UPLOAD_GONE, "gone"));
  }

  @ParameterizedTest
  @MethodSource("records")
  void recordReadsBack(Record value) throws Exception {
    assertThat(JSON.readValue(JSON.writeValueAsString(value), value.getClass())).isEqualTo(value);
  }

  @Property
  void scopeReadsBackFromItsHeader(
      @ForAll String project, @ForAll String user, @ForAll boolean isAdmin) {
    Scope scope =
        new Scope(
            project.isEmpty() ? null : project,
            user.isEmpty() ? null : user,
            List.of("member", "reader"),
            isAdmin,
            !isAdmin);

    assertThat(Scope.valueOf(scope.toString())).isEqualTo(scope);
    assertThat(scope.toString()).isPrintable();
  }
}
