package dev.glance.api.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.glance.model.error.ErrorCode;
import dev.glance.model.error.GlanceException;

/** Whatever a client writes into a range header, it gets bytes of the image, 400 or 416. */
class RangeHeaderFuzzTest {
  @FuzzTest
  void anyHeaderIsWithinTheImageOrRefused(FuzzedDataProvider data) {
    long size = data.consumeLong(0, Long.MAX_VALUE);
    boolean isRange = data.consumeBoolean();
    String header = data.consumeRemainingAsString();
    try {
      RangeHeader.parse(isRange ? header : null, isRange ? null : header, size)
          .ifPresent(
              range -> {
                assertThat(range.offset()).isNotNegative();
                assertThat(range.length()).isPositive();
                assertThat(range.offset()).isLessThanOrEqualTo(size - range.length());
              });
    } catch (GlanceException e) {
      assertThat(e.code()).isIn(ErrorCode.INVALID_REQUEST, ErrorCode.RANGE_NOT_SATISFIABLE);
    }
  }
}
