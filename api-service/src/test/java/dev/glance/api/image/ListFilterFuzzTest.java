package dev.glance.api.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;

/** Whatever a client writes behind a filter's equals sign, it is a filter or 400. */
class ListFilterFuzzTest {
  @FuzzTest
  void anyValueIsAFilterOrRefused(FuzzedDataProvider data) {
    String property = data.pickValue(new String[] {"name", "id", "tag", "created_at"});
    String text = data.consumeRemainingAsString();
    try {
      if (property.equals("created_at")) {
        assertThat(TimeFilter.parse(property, text).values()).hasSize(2);
      } else {
        assertThat(ValueList.parse(property, text)).isNotEmpty();
      }
    } catch (GlanceException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }
  }
}
