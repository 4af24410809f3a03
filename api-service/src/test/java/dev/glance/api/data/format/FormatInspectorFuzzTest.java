package dev.glance.api.data.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;

/** Whatever bytes a user uploads, the inspector has a verdict, and cuts do not change it. */
class FormatInspectorFuzzTest {
  @FuzzTest
  void anyBytesHaveOneVerdictHoweverTheyArrive(byte[] bytes) {
    int cut = bytes.length / 3;

    FormatInspector whole = new FormatInspector();
    whole.accept(ByteBuffer.wrap(bytes));
    FormatInspector parts = new FormatInspector();
    parts.accept(ByteBuffer.wrap(bytes, 0, cut).slice());
    parts.accept(ByteBuffer.wrap(bytes, cut, bytes.length - cut).slice());

    Inspection verdict = whole.finish();
    assertThat(parts.finish()).isEqualTo(verdict);
    assertThat(verdict.sizeBytes()).isEqualTo(bytes.length);
  }
}
