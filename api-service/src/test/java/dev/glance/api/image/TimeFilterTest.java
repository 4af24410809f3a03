package dev.glance.api.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.glance.model.image.ImageQuery.Filter;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeFilterTest {
  @ParameterizedTest
  @CsvSource({
    "2026-01-02T03:04:05Z",
    "eq:2026-01-02T03:04:05Z",
    "2026-01-02 03:04:05",
    "20260102T030405Z",
    "2026-01-02T05:04:05+02:00",
    "2026-01-02T05:04:05+0200",
    "2026-01-02T01:04:05-02",
    "2026-01-02T03:04:05.000Z",
  })
  void everyFormNamesTheSameSecond(String text) {
    assertThat(TimeFilter.parse("created_at", text))
        .isEqualTo(
            new Filter(
                Filter.Kind.RANGE,
                "created_at",
                List.of("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z")));
  }

  @ParameterizedTest
  @CsvSource({
    "gt:2026-01-02T03:04:05Z, 2026-01-02T03:04:06Z, ''",
    "gt:2026-01-02T03:04:05.5Z, 2026-01-02T03:04:06Z, ''",
    "gte:2026-01-02T03:04:05.5Z, 2026-01-02T03:04:06Z, ''",
    "gte:2026-01-02, 2026-01-02T00:00:00Z, ''",
    "gte:2026, 2026-01-01T00:00:00Z, ''",
    "lt:2026-01-02T03:04:05Z, '', 2026-01-02T03:04:05Z",
    "lt:2026-01-02T03:04:05.5Z, '', 2026-01-02T03:04:06Z",
    "lte:2026-01-02T03:04:05Z, '', 2026-01-02T03:04:06Z",
  })
  void boundsAreOfWholeSeconds(String text, String from, String to) {
    assertThat(TimeFilter.parse("created_at", text).values()).containsExactly(from, to);
  }
}
